"""Which statements allow what."""

from __future__ import annotations

from typing import Any

import pytest

from sightline.local.iam.policies import allows

ARN = "arn:aws:execute-api:eu-west-1:1:api/stage/GET/things/a"
INVOKE = "execute-api:Invoke"


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ({"Effect": "Allow", "Action": INVOKE, "Resource": ARN}, True),
        ({"Effect": "Allow", "Action": ["execute-api:*"], "Resource": ["x", ARN[:-1] + "*"]}, True),
        ({"Effect": "Allow", "Action": "EXECUTE-API:invoke", "Resource": ARN}, True),
        ({"Effect": "Allow", "Action": "*", "Resource": ARN[:-1] + "?"}, True),
        ({"Effect": "Allow", "NotAction": "s3:*", "NotResource": "arn:aws:s3:*"}, True),
        ({"Effect": "Allow", "NotAction": "execute-api:*", "Resource": "*"}, False),
        ({"Effect": "Allow", "Action": "*", "NotResource": ARN}, False),
        ({"Effect": "Allow", "Action": INVOKE, "Resource": ARN + "/b"}, False),
        ({"Effect": "Allow", "Action": INVOKE, "Resource": ARN.replace("things", ".*")}, False),
        ({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}, False),
        ({"Effect": "Deny", "Action": INVOKE, "Resource": "*"}, False),
        ({}, False),
    ],
)
def test_a_statement(statement: dict[str, Any], allowed: bool) -> None:
    assert allows([{"Statement": statement}], INVOKE, ARN) == allowed


def test_a_denial_wins_wherever_it_stands() -> None:
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    deny = allow | {"Effect": "Deny"}
    assert not allows([{"Statement": [allow, deny]}], INVOKE, ARN)
    assert not allows([{"Statement": [deny]}, {"Statement": [allow]}], INVOKE, ARN)


def test_a_denial_of_plain_requests_denies_nothing_to_those_with_tls() -> None:
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    deny = allow | {"Effect": "Deny", "Condition": plain}
    assert allows([{"Statement": [deny, allow]}], INVOKE, ARN, service="events.amazonaws.com")


@pytest.mark.parametrize(
    ("principal", "allowed"),
    [
        ({"Service": "events.amazonaws.com"}, True),
        ({"Service": ["states.amazonaws.com", "events.amazonaws.com"]}, True),
        ("*", True),
        ({"AWS": "*"}, False),
        ({"Service": "states.amazonaws.com"}, False),
        (None, False),
    ],
)
def test_who_asks(principal: Any, allowed: bool) -> None:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Principal": principal}
    asked = allows(
        [{"Statement": statement}], "sqs:SendMessage", ARN, service="events.amazonaws.com"
    )
    assert asked == allowed
