"""Typed settings of every entry point, read from its environment."""
