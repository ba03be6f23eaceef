"""Detection on a machine of its own: a bundle is all that it needs, a network it does not."""
