from __future__ import annotations

import pytest

from sightline.domain.errors import InvalidError
from sightline.settings.pipeline import NotifySettings, RecordSettings


def test_an_environment_written_from_settings_reads_back() -> None:
    env = RecordSettings.to_env(
        inspections_table="t", metrics_namespace="Sightline", uncertain_below=0.7
    )
    read = RecordSettings.from_env({name: str(value) for name, value in env.items()})
    assert read == RecordSettings("t", "Sightline", 0.7)


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(InvalidError) as caught:
        NotifySettings.from_env({"ALERTS_TABLE": " ", "ALERTS_PER_MINUTE": "few"})
    for name in ("ALERTS_TABLE is missing", "TOPIC_ARN is missing", "ALERTS_PER_MINUTE='few'"):
        assert name in str(caught.value)


def test_an_environment_has_every_field_and_no_other() -> None:
    with pytest.raises(InvalidError, match=r"missing \['metrics_namespace'.*unknown \['colour'\]"):
        RecordSettings.to_env(inspections_table="t", colour="red")
