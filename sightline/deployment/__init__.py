"""Putting packaged services into an AWS account, and taking them out again."""
