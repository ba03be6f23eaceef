"""The named queries of the analytics service: what they take, what they answer, and their SQL.

A query is a file of `services/analytics/queries`: a declaration in comments, and SQL in Athena's
dialect. Nothing that a caller sends becomes part of the SQL's text but numbers and names from
closed sets.
"""
