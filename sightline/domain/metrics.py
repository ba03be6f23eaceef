"""What metrics are told apart by.

CloudWatch adds nothing up over dimensions: what an alarm or a number on the dashboard is to cover
must be written under dimensions of its own.
"""

from __future__ import annotations

EVERYTHING = {"Scope": "all"}
"""Of one environment, whatever its projects and lines."""
