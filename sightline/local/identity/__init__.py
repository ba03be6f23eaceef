"""People: signing in, and credentials of their group's role."""
