"""What a rate needs of each quota, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.cost.model import Bench
from sightline.domain.errors import InvalidError
from sightline.scale.plan import busy_seconds, ceiling, demands
from sightline.scale.quotas import Quotas
from tests.unit.cost.test_model import MEASURED

QUOTAS = Quotas.read()


def test_functions_are_busy_for_their_times_and_notify_for_its_share() -> None:
    record = 0.010 * 1769 / 512  # its processor time, at its share of a processor
    assert busy_seconds(Bench(MEASURED), 0.1) == pytest.approx(0.050 + record + 0.1 * 0.040)


def test_the_fullest_quota_comes_first() -> None:
    found = demands(1000, 2, 0.1, MEASURED, QUOTAS)
    needed = {demand.name: demand.needed for demand in found}
    assert needed["api_requests"] == 1000
    assert needed["table_writes"] == 1000 * 2 * 2  # two items of 1,500 bytes
    assert needed["messages"] == pytest.approx(100)
    first = found[0]
    assert (first.name, first.needed, first.share) == ("index_partition_writes", 1000, 1.0)
    assert ceiling(first, 1000) == 1000


def test_a_rate_that_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidError):
        demands(0, 1, 0.1, MEASURED, QUOTAS)


def test_every_quota_names_its_page_and_what_raises_it() -> None:
    for name, quota in QUOTAS.quota.items():
        assert quota.page.startswith("https://docs.aws.amazon.com/"), name
        assert quota.value > 0, name
        assert quota.setting, name


def test_what_is_no_quota_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "quotas.toml"
    file.write_text("region = 'x'")
    with pytest.raises(InvalidError, match="no quota file"):
        Quotas.read(file)
