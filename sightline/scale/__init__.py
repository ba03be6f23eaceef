"""How much the system takes on AWS, and what is full first: measured figures against quotas."""
