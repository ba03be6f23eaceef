"""What the Chalice services share: errors, request reading, views, authorizers, OpenAPI.

The only place under `sightline` that knows Chalice.
"""
