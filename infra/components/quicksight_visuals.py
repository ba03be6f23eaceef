"""The dashboard's sheet as QuickSight's API describes one: five charts, and what narrows them.

https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DashboardVersionDefinition.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DATA = "inspections"
SHEET = "overview"
DAYS_SHOWN = 30
COLUMNS = 36  # of QuickSight's grid
# As in the charts of the admin site; blue and orange can be told apart by everybody.
COLORS = {"normal": "#0072B2", "anomalous": "#D55E00", "not_inspected": "#7B8794"}
FEW_TO_MANY = ("#440154", "#21918C", "#FDE725")

Part = dict[str, Any]


def definition(data_set: Any) -> Part:
    """The dashboard over the data set with this ARN."""
    return {
        "DataSetIdentifierDeclarations": [{"Identifier": DATA, "DataSetArn": data_set}],
        "Sheets": [
            {
                "SheetId": SHEET,
                "Name": "Inspections",
                "Visuals": [*_visuals()],
                "FilterControls": _controls(),
                "Layouts": [_layout()],
            }
        ],
        "FilterGroups": [_last_days(), _choice("project"), _choice("place")],
    }


def _visuals() -> Sequence[Part]:
    return (
        _defects_by_line(),
        _share_of_verdicts(),
        _share_over_time(),
        _confidence(),
        _line_by_hour(),
    )


def _defects_by_line() -> Part:
    defects = _measure("defects-by-line", "defective", "SUM")
    wells = {"Category": [_category("line", "place")], "Values": [defects]}
    return _visual(
        "BarChartVisual",
        "defects-by-line",
        "Defects by line",
        {
            "FieldWells": {"BarChartAggregatedFieldWells": wells},
            "Orientation": "HORIZONTAL",
            "SortConfiguration": {"CategorySort": [_by("defects-by-line", "DESC")]},
            "CategoryLabelOptions": {"Visibility": "HIDDEN"},
            "ValueLabelOptions": _label("Defective images"),
            "DataLabels": {"Visibility": "VISIBLE"},
            "VisualPalette": {"ChartColor": COLORS["anomalous"]},
        },
    )


def _share_of_verdicts() -> Part:
    wells = {"Category": [_category("verdicts", "verdict")], "Values": [_images("verdict-images")]}
    return _visual(
        "PieChartVisual",
        "verdicts",
        "Normal and anomalous",
        {
            "FieldWells": {"PieChartAggregatedFieldWells": wells},
            "DataLabels": {"Visibility": "VISIBLE", "LabelContent": "VALUE_AND_PERCENT"},
            "VisualPalette": _palette("verdicts"),
        },
    )


def _share_over_time() -> Part:
    wells = {
        "Category": [_day("day")],
        "Values": [_share("share-over-time")],
        "Colors": [_category("line-over-time", "place")],
    }
    return _visual(
        "LineChartVisual",
        "share-over-time",
        "Share of defects, day by day",
        {
            "FieldWells": {"LineChartAggregatedFieldWells": wells},
            "Type": "LINE",
            "SortConfiguration": {"CategorySort": [_by("day", "ASC")]},
            "XAxisLabelOptions": {"Visibility": "HIDDEN"},
            "PrimaryYAxisLabelOptions": _label("Share of inspected images"),
        },
    )


def _confidence() -> Part:
    wells = {
        "Category": [_category("band", "confidence_band")],
        "Values": [_images("band-images")],
        "Colors": [_category("band-verdicts", "verdict")],
    }
    return _visual(
        "BarChartVisual",
        "confidence",
        "How sure the model was",
        {
            "FieldWells": {"BarChartAggregatedFieldWells": wells},
            "Orientation": "VERTICAL",
            "BarsArrangement": "STACKED",
            "SortConfiguration": {"CategorySort": [_by("band", "ASC")]},
            "CategoryLabelOptions": _label("Confidence"),
            "ValueLabelOptions": _label("Images"),
            "VisualPalette": _palette("band-verdicts"),
        },
    )


def _line_by_hour() -> Part:
    wells = {
        "Rows": [_category("line-by-hour", "place")],
        "Columns": [{"NumericalDimensionField": _field("hour-of-day", "hour")}],
        "Values": [_share("share-by-hour")],
    }
    return _visual(
        "HeatMapVisual",
        "line-by-hour",
        "When and where defects happen",
        {
            "FieldWells": {"HeatMapAggregatedFieldWells": wells},
            "SortConfiguration": {
                "HeatMapRowSort": [_by("line-by-hour", "ASC")],
                "HeatMapColumnSort": [_by("hour-of-day", "ASC")],
            },
            "RowLabelOptions": {"Visibility": "HIDDEN"},
            "ColumnLabelOptions": _label("Hour of the day"),
            "ColorScale": {
                "ColorFillType": "GRADIENT",
                "Colors": [{"Color": color} for color in FEW_TO_MANY],
            },
        },
    )


def _visual(kind: str, name: str, title: str, chart: Mapping[str, Any]) -> Part:
    text = {"Visibility": "VISIBLE", "FormatText": {"PlainText": title}}
    return {kind: {"VisualId": name, "Title": text, "ChartConfiguration": dict(chart)}}


def _column(name: str) -> Part:
    return {"DataSetIdentifier": DATA, "ColumnName": name}


def _field(name: str, column: str) -> Part:
    return {"FieldId": name, "Column": _column(column)}


def _category(name: str, column: str) -> Part:
    return {"CategoricalDimensionField": _field(name, column)}


def _day(name: str) -> Part:
    return {"DateDimensionField": {**_field(name, "captured"), "DateGranularity": "DAY"}}


def _measure(name: str, column: str, aggregation: str) -> Part:
    function = {"SimpleNumericalAggregation": aggregation}
    return {"NumericalMeasureField": {**_field(name, column), "AggregationFunction": function}}


def _share(name: str) -> Part:
    """Defective images among the inspected ones."""
    measure = _measure(name, "defective", "AVERAGE")
    percent = {"DecimalPlacesConfiguration": {"DecimalPlaces": 1}}
    measure["NumericalMeasureField"]["FormatConfiguration"] = {
        "FormatConfiguration": {"PercentageDisplayFormatConfiguration": percent}
    }
    return measure


def _images(name: str) -> Part:
    return {"CategoricalMeasureField": {**_field(name, "image"), "AggregationFunction": "COUNT"}}


def _by(field: str, direction: str) -> Part:
    return {"FieldSort": {"FieldId": field, "Direction": direction}}


def _label(text: str) -> Part:
    return {"Visibility": "VISIBLE", "AxisLabelOptions": [{"CustomLabel": text}]}


def _palette(field: str) -> Part:
    return {
        "ColorMap": [
            {"Color": color, "Element": {"FieldId": field, "FieldValue": verdict}}
            for verdict, color in COLORS.items()
        ]
    }


def _last_days() -> Part:
    return _filters(
        "captured",
        {
            "RelativeDatesFilter": {
                "FilterId": "filter-captured",
                "Column": _column("captured"),
                "AnchorDateConfiguration": {"AnchorOption": "NOW"},
                "TimeGranularity": "DAY",
                "RelativeDateType": "LAST",
                "RelativeDateValue": DAYS_SHOWN,
                "NullOption": "NON_NULLS_ONLY",
            }
        },
    )


def _choice(column: str) -> Part:
    everything = {"MatchOperator": "CONTAINS", "SelectAllOptions": "FILTER_ALL_VALUES"}
    return _filters(
        column,
        {
            "CategoryFilter": {
                "FilterId": f"filter-{column}",
                "Column": _column(column),
                "Configuration": {"FilterListConfiguration": everything},
            }
        },
    )


def _filters(name: str, one: Part) -> Part:
    scope = {"SheetId": SHEET, "Scope": "ALL_VISUALS"}
    return {
        "FilterGroupId": f"group-{name}",
        "CrossDataset": "SINGLE_DATASET",
        "Status": "ENABLED",
        "ScopeConfiguration": {"SelectedSheets": {"SheetVisualScopingConfigurations": [scope]}},
        "Filters": [one],
    }


def _controls() -> list[Part]:
    def control(column: str, title: str) -> Part:
        return {
            "FilterControlId": f"control-{column}",
            "SourceFilterId": f"filter-{column}",
            "Title": title,
        }

    return [
        {"RelativeDateTime": control("captured", "Captured")},
        {"Dropdown": {**control("project", "Project"), "Type": "MULTI_SELECT"}},
        {"Dropdown": {**control("place", "Line"), "Type": "MULTI_SELECT"}},
    ]


def _layout() -> Part:
    """Two charts beside each other; the last one has its row for itself."""
    half, high = COLUMNS // 2, 10
    visuals = [next(iter(visual.values()))["VisualId"] for visual in _visuals()]
    elements = [
        {
            "ElementId": name,
            "ElementType": "VISUAL",
            "ColumnIndex": index % 2 * half,
            "ColumnSpan": COLUMNS if index == len(visuals) - 1 else half,
            "RowIndex": index // 2 * high,
            "RowSpan": high,
        }
        for index, name in enumerate(visuals)
    ]
    return {"Configuration": {"GridLayout": {"Elements": elements}}}
