"""What all of the shapes are made from, and the route that a view is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal

from sightline.domain.lookout.calls import Call
from sightline.workflow.control.ports import ControlDeps
from sightline.workflow.floor.inspections import LIMIT_MAX
from sightline.workflow.floor.ports import FloorDeps

PROJECT = "PROJECT"
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Limit = Annotated[int, Field(ge=1, le=LIMIT_MAX)]


class Shape(BaseModel):
    """JSON members are written `LikeThis`; those that are not known are refused."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, alias_generator=to_pascal, populate_by_name=True
    )


class Query(BaseModel):
    """Query parameters: texts that become what they are declared as."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Shape):
    """No members."""


@dataclass(frozen=True)
class Asked:
    """A request, read: path, query and body as the route declares them, and who asks.

    `call` is the request as idempotency sees it.
    """

    path: dict[str, str]
    query: Any
    body: Any
    caller: str
    call: Call
    control: ControlDeps

    @property
    def deps(self) -> FloorDeps:
        """What people's use cases work with."""
        return self.control.floor


@dataclass(frozen=True)
class Tagged:
    """An answer that is only written when the caller has not got it: `tag` says which it is."""

    tag: str
    answer: Callable[[], BaseModel]


@dataclass(frozen=True)
class Route:
    """A route; `about` is how errors call what it is about, `tagged` that answers have an ETag."""

    method: str
    path: str
    view: Callable[[Asked], BaseModel | Tagged]
    answer: type[BaseModel]
    about: str
    status: int = 200
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    tagged: bool = False
