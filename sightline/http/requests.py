"""Reading a Chalice request: every byte of it is checked before a use case sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from sightline.domain.errors import InvalidError, TooLargeError, UnauthorizedError
from sightline.http.errors import UnsupportedMediaTypeError

Model = TypeVar("Model", bound=BaseModel)

BODY_MAX_BYTES = 1024 * 1024
PROBLEMS_SHOWN = 5
NAME_SHOWN = 60

# pydantic's error types whose own words do not suit a person who sent JSON.
_WORDS: Mapping[str, str] = {
    "missing": "is required",
    "extra_forbidden": "is not a known member",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "list_type": "must be an array",
    "literal_error": "must be {expected}",
}


def token(request: Any, header: str = "authorization") -> str:
    """The credentials in a request's header; `UnauthorizedError` when there are none."""
    value = request.headers.get(header)
    if not isinstance(value, str) or not value:
        raise UnauthorizedError(f"The header {header} with a camera token is required.")
    return value


def request_id(request: Any) -> str:
    """API Gateway's id of the request, or else the function's."""
    given = request.context.get("requestId") if request is not None else None
    return str(given or getattr(getattr(request, "lambda_context", None), "aws_request_id", ""))


def read_json(request: Any, model: type[Model]) -> Model:
    """The JSON body as a model, or an `InvalidError` that names every wrong member."""
    sent = request.headers.get("content-type", "application/json")
    if sent.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaTypeError(f"Content type {sent!r} is not application/json.")
    try:
        body = request.raw_body or b""
    except ValueError as error:
        raise InvalidError("The body is not UTF-8 text.") from error
    if len(body) > BODY_MAX_BYTES:
        raise TooLargeError(f"The body has {len(body)} bytes; the limit is {BODY_MAX_BYTES}.")
    return _checked(lambda: model.model_validate_json(body))


def read_query(request: Any, model: type[Model]) -> Model:
    """The query parameters as a model; a parameter that is given twice is refused."""
    given = request.query_params
    values: dict[str, str] = {}
    for name in given or ():
        several = given.getlist(name)
        if len(several) != 1 and name in model.model_fields:
            raise InvalidError(f"Query parameter {name} is given {len(several)} times.")
        values[name] = several[-1]
    return _checked(lambda: model.model_validate(values))


def domain_rule(rule: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A domain check as a pydantic validator: its `InvalidError` becomes the member's problem."""

    def check(value: Any) -> Any:
        try:
            return rule(value)
        except InvalidError as error:
            raise PydanticCustomError("domain_rule", "{why}", {"why": str(error)}) from error

    return check


def _checked(validate: Callable[[], Model]) -> Model:
    try:
        return validate()
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        text = "; ".join(_sentence(problem) for problem in problems[:PROBLEMS_SHOWN])
        more = len(problems) - PROBLEMS_SHOWN
        raise InvalidError(text + (f"; and {more} more" if more > 0 else "")) from error


def _sentence(problem: ErrorDetails) -> str:
    kind, context = problem["type"], problem.get("ctx") or {}
    if kind == "json_invalid":
        return f"The body is not JSON: {context.get('error', 'unreadable')}"
    words = _WORDS[kind].format(**context) if kind in _WORDS else problem["msg"]
    where = _member(problem["loc"])
    return f"{where}: {words}" if where else f"The body {words}"


def _member(location: Sequence[int | str]) -> str:
    """`images[3].size` of a pydantic location; `<...>` parts are union tags, which are ours."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif not (part.startswith("<") and part.endswith(">")):
            name = part if part.isidentifier() and len(part) <= NAME_SHOWN else repr(part)
            short = name if len(name) <= NAME_SHOWN else name[:NAME_SHOWN] + "..."
            path += f".{short}" if path else short
    return path
