"""`sightline report` of a real lake: of a day, a week and a line, as a page and on paper."""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sightline.local.audit import Row
from sightline.local.iam.credentials import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from tests.e2e.conftest import World
from tests.e2e.test_commands import SIGHTLINE
from tests.e2e.waiting import until
from tests.site.browser import find_chromium

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
PICTURES = 12
Told = dict[str, str]


@pytest.fixture(scope="module")
def rows(world: World, parts: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """Pictures of this day and the day before, recorded and in the lake."""
    found = sorted((parts / "test" / "anomaly").iterdir())
    today = datetime.now(UTC)
    for number, path in enumerate(found[:PICTURES]):
        world.camera().upload(path, f"part {number}", today - timedelta(days=number % 2))
    until(lambda: len(world.rows()) == PICTURES, seconds=120, what="all records")
    world.stack.write_lake(tmp_path_factory.mktemp("lake"))
    return world.rows()


@pytest.fixture
def environment(world: World) -> dict[str, str]:
    return {
        **os.environ,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "SIGHTLINE_ANALYTICS_URL": world.stack.api_url("analytics"),
        "SIGHTLINE_CONTROL_URL": world.stack.api_url("control"),
        "SIGHTLINE_SITE_URL": world.stack.url,
    }


def report(environment: dict[str, str], out: Path, *options: str) -> str:
    """What the command says."""
    done = subprocess.run(
        [*SIGHTLINE, "report", "--out", str(out), *options],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def figures(page: str) -> Told:
    """The large numbers of a page, by what they are of."""
    return dict(re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([^<]+)<small>", page))


def expected(rows: list[Row]) -> Told:
    verdicts = Counter(row.verdict for row in rows)
    found = f"{100 * verdicts['anomalous'] / len(rows):.1f} %"
    return {
        "Images": str(len(rows)),
        "Defective": str(verdicts["anomalous"]),
        "Share of defects": found,
        "Not inspected": "0",
    }


def test_a_day_and_a_week_are_told_with_their_numbers_charts_and_pictures(
    rows: list[Row], environment: dict[str, str], tmp_path: Path
) -> None:
    today = datetime.now(UTC)
    day, (year, week, weekday) = f"{today:%Y-%m-%d}", today.isocalendar()
    mine = [row for row in rows if int(row.image.rpartition(" ")[2]) % 2 == 0]
    for options, told in (
        (("--day", day), mine),
        (("--week", f"{year}-W{week:02}"), rows if weekday > 1 else mine),
    ):
        out = tmp_path / "report.html"
        said = report(environment, out, *options)
        page = out.read_text("utf-8")
        assert figures(page) == expected(told)
        defects = [row for row in told if row.verdict == "anomalous"]
        assert said.endswith(f", {len(defects)} pictures\n")
        assert page.count("data:image/jpeg;base64,") == len(defects)
        for row in defects:
            camera, _, image = row.image.partition("#")
            assert f"?camera={camera}&amp;image={image.replace(' ', '%20')}" in page
        assert page.count("<svg ") >= 7


def test_of_another_line_there_is_nothing_to_tell(
    rows: list[Row], environment: dict[str, str], tmp_path: Path
) -> None:
    assert rows
    day = ("--day", f"{datetime.now(UTC):%Y-%m-%d}")
    out = tmp_path / "report.html"
    report(environment, out, *day, "--line", "press-9")
    page = out.read_text("utf-8")
    assert "of line press-9" in page
    assert "Nothing was inspected in this time." in page
    report(environment, out, *day, "--line", "press-1")
    assert "Nothing was inspected" not in out.read_text("utf-8")


def test_a_report_is_printed(rows: list[Row], environment: dict[str, str], tmp_path: Path) -> None:
    assert rows
    if find_chromium() is None:
        pytest.skip("there is no Chromium here, and it could not be installed")
    out = tmp_path / "report.pdf"
    report(environment, out, "--day", f"{datetime.now(UTC):%Y-%m-%d}")
    content = out.read_bytes()
    assert content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) >= 2
    assert list(tmp_path.iterdir()) == [out]


def test_people_are_told_of_the_day_before(world: World, rows: list[Row]) -> None:
    functions = world.stack.client("lambda")
    known = functions.list_functions()["Functions"]
    [daily] = [function for function in known if "daily" in function["FunctionName"]]
    at_any_hour = {**daily["Environment"]["Variables"], "HOUR": "0"}
    functions.update_function_configuration(
        FunctionName=daily["FunctionName"], Environment={"Variables": at_any_hour}
    )
    for _ in range(2):  # the second time, nobody is told again
        answer = functions.invoke(FunctionName=daily["FunctionName"], Payload=b"{}")
        assert "FunctionError" not in answer, answer["Payload"].read()
    mails = [mail for mail in world.stack.mailbox.messages() if "parts defective" in mail.subject]
    [mail] = mails
    yesterday = [row for row in rows if int(row.image.rpartition(" ")[2]) % 2]
    defective = sum(row.verdict == "anomalous" for row in yesterday)
    day = datetime.now(UTC) - timedelta(days=1)
    assert f"{day:%a %d %b}: {defective} of {len(yesterday)} parts defective" in mail.subject
    assert f"leipzig, press-1: {defective} of {len(yesterday)} defective" in mail.text
    assert f"{world.stack.url}/analytics.html?day={day:%Y-%m-%d}" in mail.text
