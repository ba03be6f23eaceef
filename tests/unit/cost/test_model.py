"""The bill of a small plant, worked out by hand."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.charts import catalog
from sightline.cost.model import Line, Plant, lookout, ours
from sightline.cost.prices import Prices
from sightline.domain.errors import InvalidError

PRICES = Prices.read()
# 1,000 pictures a day on 30 days, one in ten of them told of.
PLANT = Plant(1000, 10, 2, alert_share=0.1, image_kb=100, keep_days=60, move_days=0)
MEASURED: dict[str, Any] = {
    "count": 10,
    "picture_kb": 300,
    "functions": {
        "detect": {
            "invocations": 10,
            "requests": {"s3:GetObject": 1.0, "s3:PutObject": 1.0, "dynamodb:GetItem": 2.0},
            "memory_mb": 2048,
            "log_bytes": 400,
            "warm_cpu_ms_median": 30.0,
            "warm_ms_median": 50.0,
        },
        "record": {
            "invocations": 10,
            "requests": {"dynamodb:UpdateItem": 1.0},
            "memory_mb": 512,
            "log_bytes": 400,
            "warm_cpu_ms_median": 10.0,
            "warm_ms_median": 20.0,
        },
        "notify": {
            "invocations": 10,
            "requests": {"dynamodb:TransactWriteItems": 2.0, "sns:Publish": 0.5},
            "memory_mb": 512,
            "log_bytes": 400,
            "warm_cpu_ms_median": 10.0,
            "warm_ms_median": 40.0,
        },
        "digest": {
            "invocations": 1,
            "requests": {"dynamodb:Query": 1.0, "sns:Publish": 1.0},
            "memory_mb": 512,
            "log_bytes": 400,
            "warm_cpu_ms_median": 10.0,
            "warm_ms_median": 80.0,
        },
        "control-job": {"invocations": 1, "requests": {"nobody:Counts": 9.0}},
    },
    "stored": {
        "map_bytes": 2000,
        "inspection_bytes": 1500,
        "metrics_per_line": 7,
        "metrics_besides": 1,
        "alarms": 20,
        "dashboards": 1,
    },
}


KEPT: dict[str, Any] = {
    "site": {"first_load": {"bytes": 500_000, "requests": 40}},
    # 100 bytes a row.
    "analytics": {"megabytes": 100.0, "rows": 1_000_000},
    "speed": {"training": {"100": {"processor": 100.0, "seconds": 70.0}}},
}


def quantities(lines: Sequence[Line]) -> dict[str, float]:
    return {f"{line.service}: {line.what}": line.quantity for line in lines}


def test_quantities_are_those_worked_out_by_hand() -> None:
    found = quantities(ours(PLANT, MEASURED, PRICES))
    # 30,000 pictures; detect and record for each, notify for 3,000.
    assert found["API Gateway: REST API requests"] == 30_000
    assert found["Lambda: invocations"] == 63_000
    # Record's 10 ms of processor take 34.55 ms at 512 of 1,769 MB, which is more than the 20 ms
    # that it took here; notify's 40 ms are more than its 34.55.
    gb_seconds = 30_000 * 0.050 * 2 + 30_000 * 0.010 * 1769 / 512 * 0.5 + 3_000 * 0.040 * 0.5
    assert found["Lambda: GB-seconds, x86"] == pytest.approx(gb_seconds)
    # Up to 100 ms without notify; 124.6 ms with it, billed as 200.
    express = (27_000 * 0.1 + 3_000 * 0.2) * 64 / 1024
    assert found["Step Functions: Express GB-seconds"] == pytest.approx(express)
    # Two items of two units (one of each is counted as a request), 2.1 index entries of two units,
    # record's request, and notify's two transactions' parts of two units each.
    writes = 30_000 * (2 * 1 + 2.1 * 2) + 30_000 + 3_000 * 2 * 2
    assert found["DynamoDB: write request units"] == pytest.approx(writes)
    assert found["DynamoDB: read request units"] == 60_000
    assert found["S3: GET requests"] == 30_000
    assert found["S3: PUT and LIST requests"] == pytest.approx(3_000)
    # Kept for 60 days: 60,000 pictures of 100 KB, 6,000 maps of 2 KB.
    assert found["S3: GB-months, Standard"] == pytest.approx(6.012)
    assert found["DynamoDB: GB-months stored"] == pytest.approx(60_000 * 1500 * 3.1 / 1e9)
    assert found["SNS: messages published"] == pytest.approx(1_500)
    assert found["SNS: mails"] == pytest.approx(3_000)
    assert found["CloudWatch: metrics"] == 15
    assert found["CloudWatch: GB of logs taken in"] == pytest.approx(63_000 * 1000 / 1e9)
    # Less than one picture a second: all are traced.
    assert found["X-Ray: traces recorded"] == pytest.approx(30_000)


def test_sums_are_quantities_times_prices() -> None:
    (requests,) = [x for x in ours(PLANT, MEASURED, PRICES) if x.service == "API Gateway"]
    assert requests.usd == pytest.approx(30_000 * 3.5 / 1e6)
    (invocations,) = [x for x in ours(PLANT, MEASURED, PRICES) if x.what == "invocations"]
    assert invocations.usd == pytest.approx(63_000 * 0.2 / 1e6)


def test_moved_pictures_are_in_cheap_storage_and_were_moved_once() -> None:
    found = quantities(ours(replace(PLANT, move_days=45), MEASURED, PRICES))
    assert found["S3: GB-months, Standard"] == pytest.approx(4.5 + 0.012)
    assert found["S3: GB-months, Standard-IA"] == pytest.approx(1.5)
    assert found["S3: moves to Standard-IA"] == 30_000


def test_traces_are_sampled_above_one_picture_a_second() -> None:
    fast = replace(PLANT, images_per_day=360_000)  # ten a second
    found = quantities(ours(fast, MEASURED, PRICES))
    assert found["X-Ray: traces recorded"] == pytest.approx((1 + 9 * 0.05) * 36_000 * 30)


def test_instances_that_are_kept_ready_are_billed_by_the_hour() -> None:
    found = quantities(ours(replace(PLANT, inference_units=3), MEASURED, PRICES))
    assert found["Lambda: GB-seconds of instances kept ready"] == 3 * 2 * 36_000 * 30


def test_lookout_took_a_unit_per_line_and_more_where_one_was_too_slow() -> None:
    (line,) = lookout(PLANT, PRICES)
    assert (line.quantity, line.usd) == (2 * 10 * 30, 2400)
    # Twelve pictures a second and line at five per unit.
    busy = replace(PLANT, images_per_day=24 * 36_000)
    assert lookout(busy, PRICES)[0].quantity == 3 * 2 * 10 * 30


def test_a_call_that_nobody_knows_the_price_of_is_an_error() -> None:
    measured = copy.deepcopy(MEASURED)
    measured["functions"]["record"]["requests"]["timestream:WriteRecords"] = 1.0
    with pytest.raises(InvalidError, match="timestream:WriteRecords"):
        ours(PLANT, measured, PRICES)


def test_a_digest_is_billed_for_each_that_alerts_begin() -> None:
    measured = copy.deepcopy(MEASURED)
    measured["functions"]["notify"]["requests"]["states:StartExecution"] = 0.2
    before, after = (quantities(ours(PLANT, m, PRICES)) for m in (MEASURED, measured))
    more = {name: after[name] - before.get(name, 0) for name in after}
    # 3,000 alerts begin 600 digests: 512 MB for 80 ms, one query, one message, a mail.
    assert more["Lambda: invocations"] == pytest.approx(600)
    assert more["Lambda: GB-seconds, x86"] == pytest.approx(600 * 0.080 * 0.5)
    assert more["DynamoDB: read request units"] == pytest.approx(600)
    assert more["SNS: messages published"] == pytest.approx(600)
    assert more["SNS: mails"] == pytest.approx(600)
    assert more["Step Functions: Standard state transitions"] == pytest.approx(3 * 600)


def test_what_people_do_is_worked_out_by_hand() -> None:
    used = replace(PLANT, people=4, trainings=2)
    before, after = (
        quantities(ours(plant, MEASURED, PRICES, kept))
        for plant, kept in ((PLANT, None), (used, KEPT))
    )
    more = {name: after[name] - before.get(name, 0) for name in after}
    assert more["Cognito: people who signed in, Essentials"] == 4
    # Four people on 30 days: everything once, and 20 pages of 40 files.
    assert more["CloudFront: GB sent, North America and Europe"] == pytest.approx(0.06)
    assert more["CloudFront: HTTPS requests, North America and Europe"] == 120 * 20 * 40
    charts = {catalog.query(catalog.chart(name)) for name in catalog.names()}
    # Three times a day all charts; and each day two questions, of a day and of a week.
    asked = 120 * 3 * len(charts) + 60
    assert more["Glue: requests to the catalog"] == 3 * asked
    # 1,000 rows a day: never more than the 10 MB that a query is billed for at least.
    assert more["Athena: TB read, at least 10 MB a query"] == pytest.approx(asked * 10e6 / 1e12)
    # Ten hours a day have 120 files, of which each is read in two requests.
    files = 120 * 3 * len(charts) * 30 * 120 + 30 * (1 + 7) * 120
    assert more["S3: GET requests"] == pytest.approx(2 * files)
    assert more["S3: PUT and LIST requests"] == pytest.approx(2 * asked)
    # 100 s of one processor take 58.8 s of 3,008 MB, which are 1.7 processors.
    assert more["Lambda: GB-seconds, x86"] == pytest.approx(2 * 100 * 1769 / 1024)


def test_questions_about_many_rows_are_billed_by_what_they_read() -> None:
    busy = replace(PLANT, images_per_day=1_000_000, people=1)
    found = quantities(ours(busy, MEASURED, PRICES, KEPT))
    charts = {catalog.query(catalog.chart(name)) for name in catalog.names()}
    # 100 MB a day.
    read = 30 * 3 * len(charts) * 30 * 100e6 + 30 * (1 + 7) * 100e6
    assert found["Athena: TB read, at least 10 MB a query"] == pytest.approx(read / 1e12)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"images_per_day": -1}, "images per day"),
        ({"hours": 0}, "hours"),
        ({"hours": 25}, "hours"),
        ({"lines": 0}, "lines"),
        ({"days": 40}, "days"),
        ({"alert_share": 1.5}, "share of alerts"),
        ({"image_kb": 0}, "KB"),
        ({"keep_days": 0}, "kept a day"),
        ({"people": -1}, "people"),
        ({"trainings": -1}, "trainings"),
    ],
)
def test_a_plant_that_cannot_be_is_refused(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidError, match=named):
        replace(PLANT, **change)


@given(images=st.floats(0, 1e8), more=st.floats(0, 1e8), share=st.floats(0, 1))
def test_more_pictures_never_cost_less(images: float, more: float, share: float) -> None:
    few = replace(PLANT, images_per_day=images, alert_share=share)
    many = replace(few, images_per_day=images + more)
    bills = [sum(line.usd for line in ours(p, MEASURED, PRICES)) for p in (few, many)]
    assert 0 < bills[0] <= bills[1] * (1 + 1e-9)


def test_nothing_but_what_stands_there_costs_while_no_picture_comes() -> None:
    idle = ours(replace(PLANT, images_per_day=0), MEASURED, PRICES)
    assert {line.what for line in idle} == {"metrics", "alarms", "dashboards", "keys"}
