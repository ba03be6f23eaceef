"""Prices say where they are from, and the kept results are enough for a bill."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sightline.cli import app
from sightline.cost import results
from sightline.cost.model import Plant, ours
from sightline.cost.prices import FILE, Prices
from sightline.cost.use import RESULTS
from sightline.domain.errors import InvalidError, NotFoundError


def test_every_price_names_its_page_of_aws() -> None:
    for name, price in Prices.read().price.items():
        assert re.fullmatch(
            r"https://aws\.amazon\.com/[a-z0-9-]+/pricing/([a-z-]+/)?", price.page
        ), name
        assert price.usd > 0, name


def test_a_price_is_for_a_number_of_units() -> None:
    assert Prices.read().price["api_request"].of(2_000_000) == 7.0


@pytest.mark.parametrize("text", ["region = ", 'region = "x"', "[price.a]\nusd = 1"])
def test_what_is_no_price_file_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(text)
    with pytest.raises(InvalidError, match="no price file"):
        Prices.read(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"nothing\.toml"):
        Prices.read(tmp_path / "nothing.toml")
    with pytest.raises(NotFoundError, match=r"python -m bench\.pipeline --out"):
        results.load("pipeline", tmp_path)


def test_results_are_kept_with_when_and_where_they_were_taken(tmp_path: Path) -> None:
    results.save(tmp_path / "deep" / "speed.json", {"whole": 20})
    kept = results.load("speed", tmp_path / "deep")
    assert kept["whole"] == 20
    assert kept["taken"].keys() == {"date", "cores", "machine", "python", "load_average"}


def test_every_call_of_the_kept_results_has_a_price() -> None:
    kept = {name: results.load(name) for name in RESULTS}
    bill = ours(Plant(1000, 8, 1, people=5), results.load("pipeline"), Prices.read(), kept)
    services = {line.service for line in bill}
    assert {"Athena", "CloudFront", "Cognito", "Glue", "Lambda"} <= services


def test_the_command_prints_a_table_and_json() -> None:
    asked = ["cost", "--images-per-day", "20000", "--hours", "16", "--lines", "4"]
    told = CliRunner().invoke(app, asked)
    assert told.exit_code == 0, told.output
    assert "entered by hand" in " ".join(told.output.split())
    found = json.loads(CliRunner().invoke(app, [*asked, "--json"]).output)
    assert found["lookout"]["usd"] == 4 * 16 * 30 * 4
    assert found["sightline"]["usd"] == pytest.approx(
        sum(line["usd"] for line in found["sightline"]["lines"])
    )
    assert found["prices"]["asOf"] in FILE.read_text()


def test_the_command_says_what_is_wrong() -> None:
    told = CliRunner().invoke(app, ["cost", "--images-per-day", "10", "--hours", "30"])
    assert told.exit_code == 2
    assert "hours" in told.output
