"""Firehose, from records to Parquet files."""
