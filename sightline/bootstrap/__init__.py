"""The composition roots: one function per entry point builds what it needs, from its settings.

Nothing here runs at import. Entry points call their function once per container.
"""
