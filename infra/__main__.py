"""What `pulumi up` runs: read the settings, build the stack, export its outputs."""

from __future__ import annotations

import sys
from pathlib import Path

import pulumi

# Pulumi runs this file as a script, so the folder that holds the package is not on the path.
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from infra.settings import StackSettings  # noqa: E402
from infra.stack import build  # noqa: E402

for name, value in build(StackSettings.load(), ROOT / "build" / "functions").items():
    pulumi.export(name, value)
