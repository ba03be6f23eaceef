from __future__ import annotations

import json
from typing import Any

import pytest

from sightline.domain.errors import InvalidError
from sightline.packaging.contents import services
from sightline.packaging.services import Stage, fill
from tests.api import ROOT

STAGE = Stage("dev", "arn:aws:iam::123456789012:role/ingest", {"IMAGES_BUCKET": "pictures"})


def config(service: str) -> dict[str, Any]:
    text = (ROOT / "services" / service / ".chalice/config.json").read_text()
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def test_the_stage_gets_its_role_and_environment_and_the_others_nothing() -> None:
    filled = fill(config("ingest"), STAGE)
    assert filled["stages"]["dev"] == {
        **config("ingest")["stages"]["dev"],
        "iam_role_arn": STAGE.role_arn,
        "environment_variables": {"IMAGES_BUCKET": "pictures"},
    }
    assert filled["stages"]["prod"] == config("ingest")["stages"]["prod"]


def test_filling_again_changes_nothing() -> None:
    once = fill(config("ingest"), STAGE)
    assert fill(once, STAGE) == once


def test_an_unknown_stage_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(InvalidError, match="no stage 'staging'; it has dev, prod"):
        fill(config("ingest"), Stage("staging"))


@pytest.mark.parametrize("service", services(ROOT))
def test_no_service_lets_chalice_make_roles(service: str) -> None:
    assert config(service)["manage_iam_role"] is False
    assert config(service)["autogen_policy"] is False
