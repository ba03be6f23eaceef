"""The parts of the bill of materials, one file per area."""
