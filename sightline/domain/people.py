"""People who sign in: names, mail addresses, groups and first passwords."""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass

from sightline.domain.errors import InvalidError
from sightline.domain.permissions import Group

PASSWORD_LENGTH = 16
SYMBOLS = "-_.!?+="
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}\Z")
_EMAIL = re.compile(r"[^@\s,<>]{1,64}@[^@\s,<>]{1,190}\.[^@\s,<>.]{2,63}\Z")
_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SYMBOLS)


@dataclass(frozen=True)
class Person:
    """An account. `subject` is its id in tokens; `status` is the user pool's word for it.

    A person without a group may do nothing.
    """

    name: str
    email: str
    groups: tuple[Group, ...] = ()
    status: str = "FORCE_CHANGE_PASSWORD"
    enabled: bool = True
    subject: str = ""


def user_name(value: str) -> str:
    """A user name: 1 to 63 small letters, digits, `.`, `_` or `-`.

    Names stand beside what people did for ever, so they are not the mail address.
    """
    if not _NAME.match(value):
        raise InvalidError(
            f"User name {value[:70]!r} must be 1 to 63 small letters, digits, '.', '_' or '-', "
            "and start with a letter or digit."
        )
    return value


def email_address(value: str) -> str:
    """A mail address, as far as its form tells."""
    if not _EMAIL.match(value):
        raise InvalidError(f"{value[:100]!r} is not a mail address.")
    return value


def group_named(value: str) -> Group:
    """A group by its name; `InvalidError` names those that there are."""
    try:
        return Group(value)
    except ValueError as error:
        known = ", ".join(Group)
        raise InvalidError(f"There is no group {value[:70]!r}; there are {known}.") from error


def new_password() -> str:
    """A random password that every sensible policy takes: 16 characters of four kinds."""
    everything = "".join(_KINDS)
    rest = PASSWORD_LENGTH - len(_KINDS)
    chosen = [secrets.choice(kind) for kind in _KINDS]
    chosen += [secrets.choice(everything) for _ in range(rest)]
    secrets.SystemRandom().shuffle(chosen)
    return "".join(chosen)
