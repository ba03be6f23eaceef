from __future__ import annotations

from pathlib import Path

import pytest

from tests.control_api import ControlApi


@pytest.fixture
def api(tmp_path: Path) -> ControlApi:
    """The control service over memory."""
    return ControlApi(tmp_path)
