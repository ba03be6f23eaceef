"""What the page on architecture draws and lists is what the code has."""

from __future__ import annotations

import re

from infra.policies.resource import of
from sightline.domain.lookout import models
from tests.infra.conftest import ROOT
from tests.infra.recorder import Recording

PAGE = (ROOT / "docs" / "architecture.md").read_text()


def rows(head: str) -> dict[str, list[str]]:
    """The rows of the table that begins like this, by their first cell."""
    table = PAGE.partition(head)[2].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in table]
    return {first: rest for first, *rest in cells}


def names(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def test_the_states_of_a_model_are_those_of_the_domain() -> None:
    diagram = PAGE.partition("stateDiagram-v2")[2].partition("```")[0]
    drawn = set(re.findall(r"(\w+|\[\*\]) --> (\w+|\[\*\])", diagram))

    def before(status: str) -> set[str]:
        return {source for source, target in drawn if target == status}

    assert before("STARTING_HOSTING") == models.STARTABLE
    assert before("STOPPING_HOSTING") == models.STOPPABLE
    assert before("DELETING") == models.DELETABLE
    known = {status.value for status in models.ModelStatus}
    assert {status for pair in drawn for status in pair} - {"[*]"} == known - {"SYSTEM_UPDATING"}


def test_the_tables_have_the_keys_that_are_listed(dev: Recording) -> None:
    listed = {name: names(cells[0]) for name, cells in rows("| table | key |").items()}
    declared = {
        table.name: [key for kind in ("hashKey", "rangeKey") if (key := table.inputs.get(kind))]
        for table in of(dev.resources, "dynamodb.Table")
    }
    assert listed == declared


def test_the_indexes_are_those_that_are_listed(dev: Recording) -> None:
    listed = {name: names(cells[0]) for name, cells in rows("| index of inspections |").items()}
    (table,) = [t for t in of(dev.resources, "dynamodb.Table") if t.name == "inspections"]
    declared = {
        index["name"]: [key["attributeName"] for key in index["keySchemas"]]
        for index in table.inputs["globalSecondaryIndexes"]
    }
    assert listed == declared
