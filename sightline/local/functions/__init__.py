"""Lambda, in worker processes of this machine."""
