"""The service over HTTP: what it refuses, what runs do, and that values stay values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from bench import generated
from sightline.adapters.analytics_memory import MemoryQueryEngine, MemoryResultFiles
from sightline.adapters.memory import MemoryCameraRegistry, MemoryInspectionTable
from sightline.domain.queries.declaration import load
from sightline.domain.queries.statement import Asked, statement
from sightline.domain.queries.values import complete
from sightline.workflow.analytics.live import live
from sightline.workflow.analytics.ports import AnalyticsDeps, State
from tests.api import Api, assert_canonical_error, load_service
from tests.examples import camera, recorded
from tests.lake_engine import QUERIES, answering

NOW = datetime(2026, 11, 9, 12, 0, 5, tzinfo=UTC)
CATALOGUE = load(QUERIES)
ANSWER = answering(generated.table(2_000))
service = load_service("analytics")
api = Api(service.app)


class World:
    """The service's dependencies in memory, at a moment that tests may move."""

    def __init__(self) -> None:
        self.now = NOW
        self.engine = MemoryQueryEngine(lambda: self.now, ANSWER)
        self.files = MemoryResultFiles()
        self.inspections = MemoryInspectionTable()
        self.deps = AnalyticsDeps(
            queries=CATALOGUE,
            engine=self.engine,
            files=self.files,
            cameras=MemoryCameraRegistry(camera()[0]),
            inspections=self.inspections,
            clock=lambda: self.now,
            sleep=self.pass_time,
            unload_to="s3://results/days/",
            run_seconds=60,
        )

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def world() -> World:
    made = World()
    service.use(lambda: made.deps)
    return made


def ask(query: str, **parameters: Any) -> Any:
    return api.call(
        "POST",
        f"/queries/{query}",
        body={"parameters": parameters},
        headers={"content-type": "application/json"},
    )


def test_the_same_question_within_a_minute_has_one_run(world: World) -> None:
    first, second = ask("totals").json["run"], ask("totals").json["run"]
    assert first == second
    assert len(world.engine.started) == 1
    world.pass_time(60)
    assert ask("totals").json["run"] != first
    assert ask("totals", line="press-1").json["run"] != ask("totals").json["run"]


@pytest.mark.parametrize(
    ("query", "parameters", "rule"),
    [
        ("totals", {"colour": "red"}, "'colour' is not a parameter of totals"),
        ("totals", {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "not before"),
        ("totals", {"from": "yesterday"}, "not an ISO 8601 time"),
        ("totals", {"from": "2026-01-01T00:00:00"}, "no time zone"),
        ("totals", {"from": "2001-01-01T00:00:00Z"}, "more than 10 years"),
        ("over_time", {"zone": "Europe/Atlantis"}, "not a time zone"),
        ("over_time", {"bucket": "second"}, "one of minute, hour"),
        ("over_time", {"bucket": "minute", "from": "2016-12-01T00:00:00Z"}, "more than 1500 steps"),
        ("worst_cameras", {"limit": 0}, "from 1 to 100"),
        ("worst_cameras", {"limit": "10"}, "whole number"),
        ("confidence_bands", {"medium_from": 0.9, "high_from": 0.5}, "medium must begin below"),
        ("totals", {"line": "x" * 256}, "at most 255"),
        ("totals", {"line": "a\nb"}, "control characters"),
    ],
)
def test_a_wrong_question_is_refused_with_the_rule(
    query: str, parameters: dict[str, Any], rule: str, world: World
) -> None:
    assert rule in assert_canonical_error(ask(query, **parameters), 400, "InvalidRequest")
    assert world.engine.started == []


def test_an_unknown_query_is_refused_with_those_that_there_are(world: World) -> None:
    body = {"queries": [{"query": "totals"}, {"query": "drop"}]}
    several = api.call("POST", "/runs", body=body, headers={"content-type": "application/json"})
    for answer in (ask("drop"), several):
        assert "by_line" in assert_canonical_error(answer, 400, "InvalidRequest")
    assert world.engine.started == []


def test_an_unknown_run_is_not_found(world: World) -> None:
    assert_canonical_error(api.call("GET", "/runs/run-9"), 404, "NotFound")


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/days/2026-11-08?zone=Europe/Atlantis", "not a time zone"),
        ("/days/2026-11-08?format=pdf", "format"),
        ("/days/2026-11-08?colour=red", "colour"),
        ("/live?minutes=61", "minutes"),
        ("/live?minutes=soon", "minutes"),
        ("/live?zone=Mars/Olympus", "not a time zone"),
        ("/live?from=2026-11-08", "from"),
        ("/runs?ids=a;b", "ids"),
        ("/runs?ids=" + ",".join("a" * 17), "1 to 16 ids"),
        ("/runs/run-1?wait=21", "wait"),
    ],
)
def test_a_wrong_address_is_refused_with_the_rule(path: str, rule: str, world: World) -> None:
    assert rule in assert_canonical_error(api.call("GET", path), 400, "InvalidRequest")
    assert world.engine.started == []


def test_runs_that_others_made_are_not_shown(world: World) -> None:
    mine = ask("totals").json["run"]
    stranger = world.engine.runs[mine]
    world.engine.runs["other"] = type(stranger)(**{**vars(stranger), "sql": "SELECT 1"})
    forged = stranger.sql.replace("count(*)", "max(reviewed_by)")
    world.engine.runs["forged"] = type(stranger)(**{**vars(stranger), "sql": forged})
    for run in ("other", "forged"):
        assert_canonical_error(api.call("GET", f"/runs/{run}"), 404, "NotFound")


def test_a_dashboard_is_answered_in_one_call_and_in_order(world: World) -> None:
    names = ["over_time", "totals", "by_line"]
    body = {"queries": [{"query": name} for name in names], "wait": 5}
    answer = api.call("POST", "/runs", body=body, headers={"content-type": "application/json"})
    assert [run["query"] for run in answer.json["runs"]] == names
    assert all(run["state"] == "succeeded" for run in answer.json["runs"])
    ids = ",".join(run["run"] for run in answer.json["runs"])
    assert api.call("GET", f"/runs?ids={ids}").json == answer.json


def test_nothing_is_begun_when_one_of_several_questions_is_wrong(world: World) -> None:
    body = {"queries": [{"query": "totals"}, {"query": "totals", "parameters": {"x": 1}}]}
    answer = api.call("POST", "/runs", body=body, headers={"content-type": "application/json"})
    assert_canonical_error(answer, 400, "InvalidRequest")
    assert world.engine.started == []


def test_a_run_that_takes_too_long_is_ended_with_a_reason(world: World) -> None:
    world.engine.holds = True
    run = ask("totals").json
    assert (run["state"], run["rows"]) == ("running", None)
    world.pass_time(61)
    for _ in range(2):
        found = api.call("GET", f"/runs/{run['run']}").json
        assert (found["state"], found["error"]["code"]) == ("failed", "Timeout")
    assert world.engine.stopped == [run["run"]]


def test_a_run_that_would_read_too_much_says_so(world: World) -> None:
    world.engine.holds = True
    run = ask("totals").json["run"]
    world.engine.finish(run, State.CANCELLED, "Bytes scanned limit was exceeded")
    found = api.call("GET", f"/runs/{run}").json
    assert (found["state"], found["error"]["code"]) == ("failed", "ScanLimitExceeded")
    assert "fewer days" in found["error"]["message"]


def test_a_day_is_that_of_the_zone_and_comes_as_a_file(world: World) -> None:
    world.files.objects["s3://results/run-1.csv"] = 9
    answer = api.call("GET", "/days/2026-10-25?zone=Europe/Berlin&project=castings")
    assert answer.json["parameters"]["from"] == "2026-10-24T22:00:00.000Z"
    assert answer.json["parameters"]["to"] == "2026-10-25T23:00:00.000Z"
    assert [file["bytes"] for file in answer.json["files"]] == [9]
    assert answer.json["rows"] is None
    for day in ("2026-02-30", "tomorrow", "9999-12-31", "1970-01-01"):
        refused = api.call("GET", f"/days/{day}")
        assert "day" in assert_canonical_error(refused, 400, "InvalidRequest")


def test_parquet_is_unloaded_to_a_folder_of_its_own(world: World) -> None:
    api.call("GET", "/days/2026-10-25?format=parquet&project=castings")
    (started,) = world.engine.started
    assert "UNLOAD (" in started.sql
    assert "TO 's3://results/days/" in started.sql


def test_live_answers_are_shaped_as_those_of_the_queries(world: World) -> None:
    for minutes, verdict in ((1, "anomalous"), (2, "normal"), (30, "normal")):
        moment = NOW - timedelta(minutes=minutes)
        made = recorded(captured_at=moment, ref=type(recorded().inspection.ref)("c", str(minutes)))
        made = type(made)(
            type(made.inspection)(**{**vars(made.inspection), "verdict": verdict}),
            made.recorded_at,
            made.severity,
        )
        world.inspections.record(made)
    found = api.call("GET", "/live?minutes=15").json
    assert found["from"] == "2026-11-09T11:46:00.000Z"
    assert found["shortened"] is False
    (totals,) = found["results"]["totals"]["rows"]
    assert (totals["images"], totals["anomalies"], totals["anomaly_rate"]) == (2, 1, 0.5)
    assert len(found["results"]["over_time"]["rows"]) == 15
    for name, result in found["results"].items():
        assert result["columns"] == ask(name).json["columns"]
        assert all(row.keys() == {c["name"] for c in result["columns"]} for row in result["rows"])


def test_a_line_with_very_many_images_shortens_the_time(world: World) -> None:
    for second in range(10, 300, 30):
        ref = type(recorded().inspection.ref)("c", str(second))
        world.inspections.record(recorded(captured_at=NOW - timedelta(seconds=second), ref=ref))
    found = live(15, "UTC", {}, world.deps, per_line=3)
    assert found.shortened
    images = found.results["totals"][1][0]["images"]
    inside = [s for s in range(10, 300, 30) if NOW - timedelta(seconds=s) >= found.begin]
    assert images == len(inside) > 0


def test_a_camera_whose_clock_is_ahead_hides_nobodys_last_minutes(world: World) -> None:
    for second in (-3600, -1800, -120, -90, 30):
        ref = type(recorded().inspection.ref)("c", str(second))
        world.inspections.record(recorded(captured_at=NOW - timedelta(seconds=second), ref=ref))
    found = live(15, "UTC", {}, world.deps, per_line=3)
    assert not found.shortened
    assert found.results["totals"][1][0]["images"] == 1


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["' OR 1=1 --", "'; DROP TABLE x; --", "\\' OR ''='", "?", ":to", "{x}"]),
)


@given(value=HOSTILE, query=st.sampled_from(sorted(CATALOGUE)))
@settings(max_examples=60, deadline=None)
def test_what_a_caller_writes_is_a_value_and_never_sql(value: str, query: str) -> None:
    made = World()
    service.use(lambda: made.deps)
    answer = ask(query, line=value)
    if answer.status == 400:
        assert made.engine.started == []
        return
    assert answer.json["state"] == "succeeded"
    (started,) = made.engine.started
    plain = statement(CATALOGUE[query], Asked(query, complete(CATALOGUE[query], {}, NOW), "m"))
    assert started.sql.partition("\n")[2] == plain.sql.partition("\n")[2]
    literals = [sqlglot.parse_one(bound, read="trino") for bound in started.bound]
    assert all(isinstance(one, exp.Literal) and one.is_string for one in literals)
    assert value in [one.this for one in literals]


@given(
    parameters=st.dictionaries(
        st.sampled_from(["from", "to", "zone", "bucket", "bins", "limit", "line", "x"]),
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    ),
    query=st.sampled_from(sorted(CATALOGUE)),
)
@settings(max_examples=100, deadline=None)
def test_no_parameters_make_the_service_fail(parameters: dict[str, Any], query: str) -> None:
    made = World()
    service.use(lambda: made.deps)
    assert ask(query, **parameters).status in {200, 400}


def test_question_marks_stand_in_where_only() -> None:
    """Athena takes parameters nowhere else."""
    for query in CATALOGUE.values():
        made = statement(query, Asked(query.name, complete(query, {}, NOW), "m"))
        tree = sqlglot.parse_one(made.sql, read="athena")
        places = list(tree.find_all(exp.Placeholder))
        assert len(places) == len(made.bound) == 12
        assert all(place.find_ancestor(exp.Where) for place in places)
