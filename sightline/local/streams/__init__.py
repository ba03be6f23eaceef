"""DynamoDB streams, and their event source mappings."""
