"""What the OpenAPI document says of our own routes: bodies and query parameters, by operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sightline.domain.lookout.schedules import DAYS, SHIFTS_MAX

Schema = dict[str, Any]
_TIME = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}


def _ref(shape: str) -> Schema:
    return {"$ref": f"#/components/schemas/{shape}"}


def _object(members: Mapping[str, Schema], required: Sequence[str] | None = None) -> Schema:
    wanted = list(members) if required is None else list(required)
    return {"type": "object", "properties": dict(members), "required": wanted}


def _array(items: Schema, **bounds: int) -> Schema:
    return {"type": "array", "items": items, "minItems": 1, **bounds}


_SHIFT = _object(
    {"Days": _array({"type": "string", "enum": list(DAYS)}), "Start": _TIME, "End": _TIME}
)
_UNITS: Schema = {"type": "integer", "minimum": 0, "maximum": 5}

BODIES: Mapping[str, Schema] = {
    "detect_object": _object({"S3Object": _ref("InputObject")}),
    "put_host": _object(
        {
            "ModelPackageArn": {"type": "string", "minLength": 1},
            "InstanceType": {"type": "string", "minLength": 1, "examples": ["ml.c5.2xlarge"]},
        }
    ),
    "put_schedule": _object(
        {
            "Timezone": {"type": "string", "examples": ["Europe/Berlin"]},
            "MinInferenceUnits": _UNITS,
            "Shifts": _array(_SHIFT, maxItems=SHIFTS_MAX),
        },
        ["Timezone", "Shifts"],
    ),
    "remove_dataset_entries": _object({"SourceRefs": _array({"type": "string", "minLength": 1})}),
    "start_trial": _object(
        {
            "ModelVersions": _array(_ref("ModelVersionOrLatest"), maxItems=2),
            "Images": _ref("S3Location"),
            "DatasetType": _ref("DatasetType"),
        },
        ["ModelVersions"],
    ),
    "verify_trial": _object(
        {
            "Labels": {
                "type": "object",
                "additionalProperties": _ref("AnomalyClass"),
                "minProperties": 1,
            }
        }
    ),
    "add_trial_to_dataset": _object({"DatasetType": _ref("DatasetType")}),
}
"""Bodies of the operations that have one; others of ours take none."""

_PAGE = {"maxResults": _ref("PageSize"), "nextToken": _ref("NextToken")}
QUERIES: Mapping[str, Mapping[str, Schema]] = {
    "list_trials": _PAGE,
    "describe_trial": {"disputed": {"type": "boolean"}, **_PAGE},
}
