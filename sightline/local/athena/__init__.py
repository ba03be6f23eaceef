"""Athena, on DuckDB."""
