"""Where Firehose puts files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sightline.domain.errors import InvalidError
from sightline.local.firehose.prefixes import evaluate, members

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("prefix", "folder"),
    [
        ("rows/", "rows/"),
        (
            "rows/dt=!{partitionKeyFromQuery:dt}/!{partitionKeyFromQuery:project}/",
            "rows/dt=2026-03-03/castings/",
        ),
        ("!{timestamp:yyyy/MM/dd/HH}/", "2026/03/04/05/"),
        ("!{timestamp:yyyy-MM-dd}T!{timestamp:HHmmss}/", "2026-03-04T050607/"),
        ("errors/!{firehose:error-output-type}/", "errors/processing-failed/"),
    ],
)
def test_expressions_are_filled_in(prefix: str, folder: str) -> None:
    keys = {"dt": "2026-03-03", "project": "castings"}
    assert evaluate(prefix, AT, keys=keys, error_type="processing-failed") == folder


@pytest.mark.parametrize(
    "prefix",
    [
        "!{partitionKeyFromQuery:line}/",
        "!{partitionKeyFromLambda:dt}/",
        "!{firehose:no-such-thing}/",
        "!{timestamp:EEE}/",
    ],
)
def test_what_has_no_meaning_is_refused(prefix: str) -> None:
    with pytest.raises(InvalidError):
        evaluate(prefix, AT, keys={"dt": "x"})


def test_an_error_type_is_only_known_of_errors() -> None:
    with pytest.raises(InvalidError, match="error-output-type"):
        evaluate("!{firehose:error-output-type}/", AT)


def test_random_text_differs() -> None:
    prefix = "!{firehose:random-string}/"
    assert evaluate(prefix, AT) != evaluate(prefix, AT)


def test_a_query_says_which_member_is_which_key() -> None:
    assert members("{dt: .dt, project: .project}") == {"dt": "dt", "project": "project"}
    assert members("{day:.captured}") == {"day": "captured"}


@pytest.mark.parametrize(
    "query", ["", ".dt", "{dt: .a.b}", "{dt: (.dt|strptime)}", "{dt .dt}", "{}"]
)
def test_more_of_jq_is_refused(query: str) -> None:
    with pytest.raises(InvalidError):
        members(query)
