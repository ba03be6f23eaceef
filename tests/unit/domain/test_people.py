"""Names, addresses and first passwords of people."""

from __future__ import annotations

import pytest

from sightline.domain.errors import InvalidError
from sightline.domain.people import (
    PASSWORD_LENGTH,
    SYMBOLS,
    email_address,
    group_named,
    new_password,
    user_name,
)


@pytest.mark.parametrize("name", ["lead", "a", "lead.b-c_2", "0", "x" * 63])
def test_names_that_are_taken(name: str) -> None:
    assert user_name(name) == name


@pytest.mark.parametrize("name", ["", "Lead", "-a", "a b", "a@b.example", "ä", "a\n", "x" * 64])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(InvalidError, match="User name"):
        user_name(name)


@pytest.mark.parametrize("address", ["", "a", "a@b", "a b@c.de", "a@b.c", "<a@b.de>", "a@b.de\n"])
def test_what_is_no_mail_address(address: str) -> None:
    with pytest.raises(InvalidError, match="not a mail address"):
        email_address(address)


def test_an_unknown_group_is_told_the_known_ones() -> None:
    with pytest.raises(InvalidError, match="admin, operator, viewer"):
        group_named("boss")


def test_first_passwords_are_mixed_and_never_the_same() -> None:
    passwords = {new_password() for _ in range(200)}
    assert len(passwords) == 200
    for password in passwords:
        assert len(password) == PASSWORD_LENGTH
        for kind in (str.islower, str.isupper, str.isdigit, SYMBOLS.__contains__):
            assert any(kind(character) for character in password)
