"""Fixtures of the ingest service's tests."""

from __future__ import annotations

import pytest

from tests.integration.ingest.world import World


@pytest.fixture
def world() -> World:
    return World()
