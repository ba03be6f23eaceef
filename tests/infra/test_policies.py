"""Every environment keeps every policy, and every policy catches what it is there for."""

from __future__ import annotations

import pytest

from infra.policies import POLICIES
from tests.infra.recorder import Recording


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_policy_holds(policy: str, stack: str, request: pytest.FixtureRequest) -> None:
    recording: Recording = request.getfixturevalue(stack)
    assert list(POLICIES[policy](recording.resources)) == []
