"""Subscriptions to alerts: who is told, by which way, of what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from sightline.domain import names
from sightline.domain.errors import InvalidError
from sightline.domain.inspections import Severity

SUBSCRIPTIONS_MAX = 100
FILTER_VALUES_MAX = 20  # of each kind; SNS allows 150 combinations of all kinds in one policy
COMBINATIONS_MAX = 150
EMAIL, SMS, HTTPS = "email", "sms", "https"
PROTOCOLS = (EMAIL, SMS, HTTPS)

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(\.{_ATOM})*@({_LABEL}\.)+[A-Za-z]{{2,63}}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# No address is a name: the last label of a name begins with a letter, and no label has colons.
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
# Names that are never a public host.
_INTERNAL = ("internal", "local", "localhost", "localdomain", "lan", "home", "corp", "intranet")
_PRINTED = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Subscription:
    """A subscriber and its filters; empty ones let everything by.

    `subscription_id` is None until it is confirmed by its owner.
    """

    protocol: str
    endpoint: str
    severities: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    subscription_id: str | None = None
    confirmed: bool = False

    def check(self) -> None:
        """Raise `InvalidError` for what cannot or must not be subscribed."""
        checks = {EMAIL: _check_email, SMS: _check_number, HTTPS: _check_url}
        if self.protocol not in checks:
            raise InvalidError(f"Protocol {self.protocol!r} must be one of {', '.join(PROTOCOLS)}.")
        checks[self.protocol](self.endpoint)
        told = [severity.value for severity in Severity if severity is not Severity.NONE]
        if not set(self.severities) <= set(told):
            raise InvalidError(f"Severities must be of {', '.join(told)}.")
        for line in self.lines:
            names.slug(line, "Line")
        for project in self.projects:
            names.project_name(project)
        self._check_count()

    def _check_count(self) -> None:
        kinds = (self.severities, self.lines, self.projects)
        combinations = 1
        for kind in kinds:
            if len(set(kind)) != len(kind) or len(kind) > FILTER_VALUES_MAX:
                raise InvalidError(
                    f"Each filter has at most {FILTER_VALUES_MAX} values, all different."
                )
            combinations *= max(1, len(kind))
        if combinations > COMBINATIONS_MAX:
            raise InvalidError(
                f"The filters have {combinations} combinations; at most {COMBINATIONS_MAX}. "
                "Subscribe a second time with the rest under another endpoint, or filter less."
            )


def _check_email(address: str) -> None:
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise InvalidError(f"{address!r} is not an e-mail address.")


def _check_number(number: str) -> None:
    if not _E164.fullmatch(number):
        raise InvalidError(f"{number!r} is not a phone number in E.164 form, like +4915112345678.")


def _check_url(url: str) -> None:
    """A public https address: what is subscribed is called from the provider's network."""
    refused = InvalidError(
        f"{url[:100]!r} is not an address like https://hooks.example.com/path: https, a public "
        "host name, no user, no other port than 443."
    )
    try:
        found = urlsplit(url)
        port, host = found.port, (found.hostname or "").rstrip(".")
    except ValueError as error:
        raise refused from error
    plain = len(url) <= 2048 and _PRINTED.fullmatch(url) and "\\" not in url
    if not plain or found.scheme != HTTPS or "@" in found.netloc or port not in {None, 443}:
        raise refused
    if not _HOST.fullmatch(host) or host.rpartition(".")[2] in _INTERNAL:
        raise refused
