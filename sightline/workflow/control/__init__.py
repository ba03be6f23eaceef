"""Control: projects, datasets, models and packaging, as Lookout for Vision's clients know them.

One file per group of operations. What takes long is a job: `jobs` runs it, the `run_*` files do it.
"""
