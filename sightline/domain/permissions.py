"""Who may: the one table of what each group of people may ask of the services.

The groups' roles are built from it, the local gateway enforces those roles, and a test holds it to
the routes that the services have: a new route needs one line here. Cameras are not people: the
routes that their tokens open are not in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


class Group(StrEnum):
    """A group of people, the one that may do most first."""

    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"


class Route(NamedTuple):
    """A method and a path whose parameters stand in braces."""

    method: str
    path: str

    @property
    def pattern(self) -> str:
        """The route as IAM names it, with a wildcard for every parameter: `GET/queries/*`."""
        return self.method + re.sub(r"\{[^}]*\}", "*", self.path)


VIEW = frozenset(Group)
OPERATE = frozenset({Group.ADMIN, Group.OPERATOR})
ADMINISTER = frozenset({Group.ADMIN})

_PROJECTS = "/2020-11-20/projects"
_PROJECT = _PROJECTS + "/{projectName}"
_DATASET = _PROJECT + "/datasets/{datasetType}"
_MODEL = _PROJECT + "/models/{modelVersion}"
_JOBS = _PROJECT + "/modelpackagingjobs"
_TAGS = "/2020-11-20/tags/{resourceArn}"
_SPLIT_TAGS = _TAGS + "/{projectName}/{modelVersion}"
_OURS = "/sightline/projects/{projectName}"
_OUR_MODEL = _OURS + "/models/{modelVersion}"
_TRIAL = _OURS + "/trials/{trialName}"
_INSPECTION = "/sightline/inspections/{cameraId}/{imageId}"
_CAMERA = "/sightline/cameras/{cameraId}"

TABLE: Mapping[str, Mapping[Route, frozenset[Group]]] = {
    "analytics": {
        Route("GET", "/queries"): VIEW,
        Route("POST", "/queries/{name}"): VIEW,
        Route("GET", "/runs"): VIEW,
        Route("POST", "/runs"): VIEW,
        Route("GET", "/runs/{run}"): VIEW,
        Route("GET", "/days/{day}"): VIEW,
        Route("GET", "/live"): VIEW,
        Route("GET", "/health"): VIEW,
        Route("GET", "/openapi.json"): VIEW,
    },
    "control": {
        Route("GET", _PROJECTS): VIEW,
        Route("POST", _PROJECTS): ADMINISTER,
        Route("GET", _PROJECT): VIEW,
        Route("DELETE", _PROJECT): ADMINISTER,
        Route("POST", _PROJECT + "/datasets"): ADMINISTER,
        Route("GET", _DATASET): VIEW,
        Route("DELETE", _DATASET): ADMINISTER,
        Route("GET", _DATASET + "/entries"): VIEW,
        Route("PATCH", _DATASET + "/entries"): ADMINISTER,
        Route("POST", _PROJECT + "/models"): ADMINISTER,
        Route("GET", _PROJECT + "/models"): VIEW,
        Route("GET", _MODEL): VIEW,
        Route("DELETE", _MODEL): ADMINISTER,
        Route("POST", _MODEL + "/start"): OPERATE,
        Route("POST", _MODEL + "/stop"): OPERATE,
        Route("POST", _MODEL + "/detect"): OPERATE,
        Route("POST", _JOBS): ADMINISTER,
        Route("GET", _JOBS): VIEW,
        Route("GET", _JOBS + "/{jobName}"): VIEW,
        Route("GET", _TAGS): VIEW,
        Route("POST", _TAGS): ADMINISTER,
        Route("DELETE", _TAGS): ADMINISTER,
        Route("GET", _SPLIT_TAGS): VIEW,
        Route("POST", _SPLIT_TAGS): ADMINISTER,
        Route("DELETE", _SPLIT_TAGS): ADMINISTER,
        Route("GET", "/sightline/health"): VIEW,
        Route("GET", "/sightline/openapi.json"): VIEW,
        Route("POST", _OUR_MODEL + "/detect"): OPERATE,
        Route("POST", _OUR_MODEL + "/start-on-demand"): OPERATE,
        Route("GET", _OUR_MODEL + "/host"): VIEW,
        Route("PUT", _OUR_MODEL + "/host"): ADMINISTER,
        Route("DELETE", _OUR_MODEL + "/host"): ADMINISTER,
        Route("GET", _OUR_MODEL + "/schedule"): VIEW,
        Route("PUT", _OUR_MODEL + "/schedule"): OPERATE,
        Route("DELETE", _OUR_MODEL + "/schedule"): OPERATE,
        Route("POST", _OURS + "/datasets/{datasetType}/remove"): ADMINISTER,
        Route("GET", _OURS + "/trials"): VIEW,
        Route("POST", _OURS + "/trials"): OPERATE,
        Route("GET", _TRIAL): VIEW,
        Route("DELETE", _TRIAL): ADMINISTER,
        Route("POST", _TRIAL + "/verify"): OPERATE,
        Route("POST", _TRIAL + "/dataset"): ADMINISTER,
        Route("POST", _OURS + "/uploads"): OPERATE,
        Route("POST", _OURS + "/feedback"): ADMINISTER,
        Route("GET", "/sightline/models"): VIEW,
        Route("GET", _OURS + "/training"): VIEW,
        Route("GET", _OURS + "/datasets/{datasetType}/pictures"): VIEW,
        Route("GET", _OUR_MODEL + "/look"): VIEW,
        Route("GET", _OUR_MODEL + "/evaluation"): VIEW,
        Route("GET", _OUR_MODEL + "/evaluation/pictures"): VIEW,
        Route("PUT", _OUR_MODEL + "/threshold"): ADMINISTER,
        Route("GET", "/sightline/inspections"): VIEW,
        Route("GET", _INSPECTION): VIEW,
        Route("POST", _INSPECTION + "/review"): OPERATE,
        Route("GET", "/sightline/review"): VIEW,
        Route("GET", "/sightline/lines"): VIEW,
        Route("GET", "/sightline/cameras"): VIEW,
        Route("POST", "/sightline/cameras"): ADMINISTER,
        Route("GET", _CAMERA): VIEW,
        Route("PATCH", _CAMERA): ADMINISTER,
        Route("POST", _CAMERA + "/token"): ADMINISTER,
        Route("DELETE", _CAMERA): ADMINISTER,
        # Subscribers are people's addresses and numbers.
        Route("GET", "/sightline/alerts"): OPERATE,
        Route("POST", "/sightline/alerts"): ADMINISTER,
        Route("DELETE", "/sightline/alerts/{subscriptionId}"): ADMINISTER,
    },
    "ingest": {},
}


def allowed(group: Group) -> list[str]:
    """What a group may ask for, as the patterns of `Route.pattern`, the fewest that say it all."""
    patterns = {
        route.pattern for routes in TABLE.values() for route, may in routes.items() if group in may
    }
    return sorted(_without_covered(patterns))


def _without_covered(patterns: Iterable[str]) -> Iterator[str]:
    known = set(patterns)
    for pattern in known:
        if not any(_covers(other, pattern) for other in known - {pattern}):
            yield pattern


def _covers(wide: str, narrow: str) -> bool:
    """Whether all that matches `narrow` matches `wide`, in which `*` stands for any text."""
    return _expression(wide).fullmatch(narrow) is not None


@lru_cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")))
