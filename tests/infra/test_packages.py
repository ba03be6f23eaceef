"""What is packaged is what the program deploys."""

from __future__ import annotations

from infra.components.function import ARCHITECTURE, RUNTIME
from sightline.packaging import wheels


def test_wheels_are_for_the_runtime_of_the_functions() -> None:
    assert wheels.RUNTIME == RUNTIME
    platforms = wheels.platforms()
    assert platforms
    assert all(platform.endswith(ARCHITECTURE) for platform in platforms)
