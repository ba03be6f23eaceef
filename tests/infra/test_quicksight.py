"""QuickSight shows what is in the lake, to whom the settings name, and to nobody by default."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pandas as pd
import pyarrow as pa
import pytest
import sqlglot
from botocore.session import get_session
from botocore.validate import validate_parameters
from cfnlint.api import ManualArgs, lint
from moto import mock_aws
from sqlglot import exp

from bench import generated
from infra.components import quicksight_rows as rows
from infra.components.quicksight_visuals import COLUMNS, DATA
from infra.policies.resource import of, statements
from sightline.domain import lake
from sightline.domain.errors import InvalidError
from sightline.domain.queries.statement import Statement
from tests.infra.conftest import EVERYTHING, settings_of
from tests.infra.recorder import ACCOUNT, Recording, one
from tests.infra.test_grants import ASK_THE_LAKE, granted
from tests.lake_engine import answering

SOURCE, SET, STACK = "quicksight.DataSource", "quicksight.DataSet", "cloudformation.Stack"
DATA_SET = f"arn:aws:quicksight:eu-west-1:{ACCOUNT}:dataset/sightline-prod"


def in_template(recording: Recording) -> dict[str, Any]:
    """The dashboard's properties."""
    template = json.loads(one(recording, STACK, "quicksight").inputs["templateBody"])
    properties: dict[str, Any] = template["Resources"]["Dashboard"]["Properties"]
    return properties


def found(value: Any, key: str) -> Iterator[Any]:
    """Everything under a key, at any depth."""
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from found(item, key)


def test_nothing_is_in_quicksight_unless_it_has_an_owner(dev: Recording, prod: Recording) -> None:
    for recording in (dev, prod):
        assert not of(recording.resources, SOURCE, SET, STACK)
        assert not [r for r in recording.resources if "quicksight" in r.name]
        assert "quicksightAddress" not in recording.outputs


def test_viewers_without_an_owner_are_refused() -> None:
    with pytest.raises(InvalidError, match="quicksightOwners: missing"):
        settings_of("prod", quicksightViewers=EVERYTHING["quicksightViewers"])


def test_every_column_is_one_of_the_lake() -> None:
    query = sqlglot.parse_one(rows.statement("inspections", days=1, zone="UTC"), read="trino")
    read = {column.name for column in query.find_all(exp.Column)} - {"newness"}
    assert read
    assert read <= lake.TYPES.keys()


def test_every_chart_and_filter_uses_columns_of_the_data_set(full: Recording) -> None:
    data_set = one(full, SET, "quicksight").inputs
    (table,) = data_set["physicalTableMaps"]
    declared = [column["name"] for column in table["customSql"]["columns"]]
    body = in_template(full)["Definition"]
    shown = {column["ColumnName"] for column in found(body, "Column")}
    assert shown
    assert shown <= set(declared)
    assert {column["DataSetIdentifier"] for column in found(body, "Column")} == {DATA}
    (wanted,) = body["DataSetIdentifierDeclarations"]
    assert wanted == {"Identifier": DATA, "DataSetArn": DATA_SET}
    assert one(full, SET, "quicksight").arn == DATA_SET


def test_sorting_and_filters_name_what_is_there(full: Recording) -> None:
    body = in_template(full)["Definition"]
    (sheet,) = body["Sheets"]
    for visual in sheet["Visuals"]:
        (chart,) = [kind["ChartConfiguration"] for kind in visual.values()]
        fields = set(found(chart["FieldWells"], "FieldId"))
        named = set(found({k: v for k, v in chart.items() if k != "FieldWells"}, "FieldId"))
        assert named <= fields
    filters = set(found(body["FilterGroups"], "FilterId"))
    assert set(found(sheet["FilterControls"], "SourceFilterId")) == filters
    assert set(found(body["FilterGroups"], "SheetId")) == {sheet["SheetId"]}


def test_there_are_the_five_charts_side_by_side(full: Recording) -> None:
    (sheet,) = in_template(full)["Definition"]["Sheets"]
    kinds = [next(iter(visual)).removesuffix("Visual") for visual in sheet["Visuals"]]
    assert kinds == ["BarChart", "PieChart", "LineChart", "BarChart", "HeatMap"]
    placed = next(found(sheet["Layouts"], "Elements"))
    assert [element["ElementId"] for element in placed] == list(found(sheet["Visuals"], "VisualId"))
    cells = [
        (row, column)
        for e in placed
        for row in range(e["RowIndex"], e["RowIndex"] + e["RowSpan"])
        for column in range(e["ColumnIndex"], e["ColumnIndex"] + e["ColumnSpan"])
    ]
    assert len(cells) == len(set(cells))
    assert max(column for _, column in cells) < COLUMNS


def test_the_template_is_valid_by_its_published_schema(full: Recording) -> None:
    body = one(full, STACK, "quicksight").inputs["templateBody"]
    assert complaints(body) == []
    assert len(body) < 51_200  # what CloudFormation takes without a bucket
    assert complaints(body.replace('"HORIZONTAL"', '"SIDEWAYS"'))
    assert complaints(body.replace('"FieldWells"', '"Wells"', 1))


def complaints(template: str) -> list[str]:
    """What cfn-lint calls errors and warnings where there is QuickSight."""
    matches = lint(template, regions=["eu-west-1"], config=ManualArgs(regions=["eu-west-1"]))
    return [str(match) for match in matches if not match.rule.id.startswith("I")]


def test_quicksights_api_takes_the_definition(full: Recording) -> None:
    shape = get_session().get_service_model("quicksight").operation_model("CreateDashboard")
    validate_parameters(in_template(full), shape.input_shape)


@mock_aws
def test_an_emulated_quicksight_takes_all_three(full: Recording) -> None:
    client = boto3.client("quicksight", region_name="eu-west-1")
    source, data_set = (one(full, kind, "quicksight") for kind in (SOURCE, SET))
    athena = source.inputs["parameters"]["athena"]
    client.create_data_source(
        AwsAccountId=ACCOUNT,
        DataSourceId=source.inputs["dataSourceId"],
        Name=source.inputs["name"],
        Type=source.inputs["type"],
        DataSourceParameters={
            "AthenaParameters": {"WorkGroup": athena["workGroup"], "RoleArn": athena["roleArn"]}
        },
        Permissions=shares(source.inputs["permissions"]),
    )
    sql = data_set.inputs["physicalTableMaps"][0]["customSql"]
    columns = [{"Name": column["name"], "Type": column["type"]} for column in sql["columns"]]
    client.create_data_set(
        AwsAccountId=ACCOUNT,
        DataSetId=data_set.inputs["dataSetId"],
        Name=data_set.inputs["name"],
        ImportMode=data_set.inputs["importMode"],
        PhysicalTableMap={
            DATA: {
                "CustomSql": {
                    "DataSourceArn": sql["dataSourceArn"],
                    "Name": sql["name"],
                    "SqlQuery": sql["sqlQuery"],
                    "Columns": columns,
                }
            }
        },
        Permissions=shares(data_set.inputs["permissions"]),
    )
    client.create_dashboard(**in_template(full))
    made = client.describe_dashboard(AwsAccountId=ACCOUNT, DashboardId="sightline-prod")
    assert made["Dashboard"]["Name"] == "Sightline prod: inspections"


def shares(permissions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"Principal": p["principal"], "Actions": p["actions"]} for p in permissions]


def test_owners_own_and_viewers_only_see(full: Recording) -> None:
    (owner,), (viewer,) = EVERYTHING["quicksightOwners"], EVERYTHING["quicksightViewers"]
    for kind in (SOURCE, SET):
        (shared,) = one(full, kind, "quicksight").inputs["permissions"]
        assert shared["principal"] == owner
    actions = {p["Principal"]: set(p["Actions"]) for p in in_template(full)["Permissions"]}
    assert actions.keys() == {owner, viewer}
    assert actions[viewer] == {
        "quicksight:DescribeDashboard",
        "quicksight:ListDashboardVersions",
        "quicksight:QueryDashboard",
    }
    assert actions[viewer] < actions[owner]


def test_quicksight_may_ask_the_lake_and_nothing_else(full: Recording) -> None:
    more = {
        (f"athena:{action}", "workgroup/queries")
        for action in (
            *("BatchGetQueryExecution", "GetQueryResultsStream"),
            *("GetWorkGroup", "ListQueryExecutions"),
        )
    }
    assert granted(full, "quicksight") == ASK_THE_LAKE | more


def test_quicksight_may_be_the_role_for_data_sources_of_this_account_alone(full: Recording) -> None:
    (trusted,) = statements(one(full, "iam.Role", "quicksight"), "assumeRolePolicy")
    assert trusted.principals == ["quicksight.amazonaws.com"]
    assert trusted.condition == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:quicksight:eu-west-1:{ACCOUNT}:datasource/*"},
    }


def ask(table: pa.Table, **settings: Any) -> pd.DataFrame:
    sql = rows.statement("inspections", **{"days": 36500, "zone": "UTC", **settings})
    return pd.DataFrame(answering(table)(Statement(sql, ())))


def test_every_image_counts_once_in_its_latest_form() -> None:
    table = generated.table(5_000)
    forms = table.to_pandas()
    latest = forms.sort_values("sequence").drop_duplicates("image", keep="last")
    assert len(latest) < len(forms)
    seen = ask(table)
    assert list(seen.columns) == [field.name for field in rows.FIELDS]
    assert sorted(seen["image"]) == sorted(latest["image"])
    assert seen["verdict"].value_counts().to_dict() == latest["verdict"].value_counts().to_dict()
    reviewed = seen["review_outcome"].dropna()
    assert len(reviewed) == latest["review_outcome"].notna().sum() > 0


def test_shares_are_of_what_was_inspected() -> None:
    table = generated.table(5_000)
    forms = table.to_pandas()
    latest = forms.sort_values("sequence").drop_duplicates("image", keep="last")
    inspected = latest[latest["verdict"] != "not_inspected"]
    assert len(inspected) < len(latest)
    places = inspected["facility_name"] + " · " + inspected["line_name"]
    expected = (inspected["verdict"] == "anomalous").groupby(places).mean()
    seen = ask(table)
    shares = seen["defective"].astype(float).groupby(seen["place"]).mean()
    pd.testing.assert_series_equal(shares, expected, check_names=False)


def test_confidences_are_put_into_bands_that_sort_as_text() -> None:
    table = generated.table(5_000)
    seen = ask(table)
    bands = [f"{low:02d}-{low + 5} %" for low in range(0, 100, 5)]
    assert sorted(bands) == bands
    known = seen[seen["confidence"].notna()]
    middle = known["confidence"].astype(float).clip(upper=0.999999)
    assert list(known["confidence_band"]) == [bands[int(c * 20 + 1e-9)] for c in middle]
    assert set(seen[seen["confidence"].isna()]["confidence_band"]) == {"not inspected"}


def test_times_are_on_the_plants_clock() -> None:
    table = generated.table(200)
    utc, berlin = (ask(table, zone=zone).set_index("image") for zone in ("UTC", "Europe/Berlin"))
    shift = pd.to_datetime(berlin["captured"]) - pd.to_datetime(utc["captured"])
    assert set(shift) <= {pd.Timedelta(hours=1), pd.Timedelta(hours=2)}


def test_older_days_are_not_read() -> None:
    table = generated.table(2)
    today = datetime.now(UTC).date()
    days = [(today - timedelta(days=ago)).isoformat() for ago in (89, 91)]
    first = table.slice(0, 1).to_pandas()
    forms = pd.concat([first.assign(dt=day, image=day) for day in days])
    aged = pa.Table.from_pandas(forms, schema=table.schema, preserve_index=False)
    assert list(ask(aged, days=90)["image"]) == days[:1]
