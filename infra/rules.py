"""Rules for the values of settings: each yields what is wrong with a value, if anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import MISSING, Field, field
from typing import Any
from urllib.parse import urlsplit

from sightline.domain import plant
from sightline.domain.errors import InvalidError
from sightline.domain.inspections import Severity
from sightline.domain.subscriptions import COMBINATIONS_MAX

Rule = Callable[[Any], Iterator[str]]

PROTOCOLS = ("email", "email-json", "https", "lambda", "sms", "sqs")


def setting(rule: Rule, default: Any = MISSING) -> Any:
    """A dataclass field with a rule; without a default it is required."""
    return field(default=default, metadata={"rule": rule})


def required(declared: Field[Any]) -> bool:
    """Whether a field has no default."""
    return declared.default is MISSING


def anything(_: Any) -> Iterator[str]:
    """Every value of the right type will do."""
    yield from ()


def between(low: float, high: float) -> Rule:
    """A number in a closed range."""

    def rule(value: float) -> Iterator[str]:
        if not low <= value <= high:
            yield f"{value} is not between {low} and {high}"

    return rule


def none_or(low: int, high: int) -> Rule:
    """A number in a closed range, or 0 for none."""

    def rule(value: int) -> Iterator[str]:
        if value and not low <= value <= high:
            yield f"{value} is neither 0 nor between {low} and {high}"

    return rule


def one_of(allowed: Collection[Any]) -> Rule:
    """One of a few values."""

    def rule(value: Any) -> Iterator[str]:
        if value not in allowed:
            yield f"{value!r} is not one of {', '.join(map(str, allowed))}"

    return rule


def each(rule: Rule, *, most: int | None = None) -> Rule:
    """Every item of a list follows `rule`, none is there twice, and there are at most so many."""

    def all_items(values: tuple[Any, ...]) -> Iterator[str]:
        if most is not None and len(values) > most:
            yield f"{len(values)} are too many; at most {most}"
        for index, value in enumerate(values):
            yield from rule(value)
            if value in values[:index]:
                yield f"{value!r} is there twice"

    return all_items


def matches(pattern: str, what: str) -> Rule:
    """Text of a certain form."""
    compiled = re.compile(pattern)

    def rule(value: str) -> Iterator[str]:
        if not compiled.fullmatch(value):
            yield f"{value!r} is not {what}"

    return rule


# Short, because it is part of the names of buckets (63 characters) and roles (64).
environment = matches(r"[a-z][a-z0-9-]{0,15}", "1 to 16 lower-case letters, digits or '-'")
# ARNs are written for the partition `aws`; China, GovCloud and others have names of their own.
region = matches(
    r"(?!cn-|us-gov-|us-iso|eu-isoe-)[a-z]{2}(-[a-z]+)+-\d", "a region of AWS's own partition"
)
bucket = matches(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "a bucket's name")
project_line = matches(
    r"[a-zA-Z0-9][a-zA-Z0-9_-]*/[A-Za-z0-9][A-Za-z0-9_-]{0,62}",
    "a project and a line, as castings/press-1",
)
domain = matches(
    r"|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", "a domain's name"
)
# CloudFront takes certificates from nowhere else.
certificate = matches(
    r"|arn:aws:acm:us-east-1:\d{12}:certificate/[a-f0-9-]+", "a certificate's ARN in us-east-1"
)
regional_certificate = matches(
    r"|arn:aws:acm:[a-z0-9-]+:\d{12}:certificate/[a-f0-9-]+", "a certificate's ARN"
)
hosted_zone = matches(r"|Z[A-Z0-9]{1,31}", "the id of a hosted zone of Route 53")
quicksight_principal = matches(
    r"arn:aws:quicksight:[a-z0-9-]+:\d{12}:(user|group)/[a-zA-Z0-9._-]+/[^\s*]+",
    "the ARN of a user or group of QuickSight",
)
kms_key = matches(r"arn:aws:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+", "the ARN of a KMS key")
email = matches(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+", "an e-mail address")


def url(value: str) -> Iterator[str]:
    """An http or https address without query or fragment."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        yield f"{value!r} is not an http(s) address without query and fragment"


def origin(value: str) -> Iterator[str]:
    """A web origin: scheme, host and perhaps a port. Never a wildcard."""
    yield from url(value)
    if "*" in value or urlsplit(value).path:
        yield f"{value!r} is not a single origin such as https://inspect.example.com"


def time_zone(value: str) -> Iterator[str]:
    """An IANA time zone."""
    yield from _said(plant.time_zone, value)


def shifts(values: tuple[str, ...]) -> Iterator[str]:
    """The shifts of a plant, such as `early=06:00`."""
    yield from _said(plant.Plant.parse, "UTC", values)


def _said(parse: Callable[..., object], *values: object) -> Iterator[str]:
    try:
        parse(*values)
    except InvalidError as error:
        yield str(error)


def subscription(value: Any) -> Iterator[str]:
    """A subscriber to alerts whose filter can match something."""
    yield from one_of(PROTOCOLS)(value.protocol)
    if not value.endpoint.strip():
        yield "a subscription has no endpoint"
    yield from each(one_of([s.value for s in Severity if s is not Severity.NONE]))(value.severities)
    yield from each(matches(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", "a line's name"))(value.lines)
    combinations = max(1, len(value.severities)) * max(1, len(value.lines))
    if combinations > COMBINATIONS_MAX:
        yield f"{combinations} combinations of severities and lines; SNS takes {COMBINATIONS_MAX}"
