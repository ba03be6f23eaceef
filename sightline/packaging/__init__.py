"""What is deployed, built from a checkout: functions' zips and Chalice services."""
