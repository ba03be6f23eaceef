"""Metrics and alarms that are really evaluated."""
