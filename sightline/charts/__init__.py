"""Charts: what the numbers look like, wherever they are shown."""
