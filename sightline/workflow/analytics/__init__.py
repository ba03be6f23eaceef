"""Answering named queries: over the lake, and over the table for the last minutes."""
