"""Statements, policies and trust."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from infra.wildcards import ELSEWHERE, UNSCOPED

Statement = Mapping[str, Any]


def allow(actions: Sequence[str], resources: Sequence[pulumi.Input[str]]) -> Statement:
    """Grant actions on named resources."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def allow_unscoped(sid: str) -> Statement:
    """Grant one of the `UNSCOPED` sets."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": list(UNSCOPED[sid].actions),
        "Resource": "*",
    }


def allow_elsewhere(sid: str, resources: Sequence[pulumi.Input[str]]) -> list[Statement]:
    """Grant one of the `ELSEWHERE` sets on what a setting names; nothing where it names nothing."""
    return [{"Sid": sid, **allow(ELSEWHERE[sid].actions, resources)}] if resources else []


def deny_without_tls(actions: str, resources: Sequence[pulumi.Input[str]]) -> Statement:
    """Refuse everybody who does not use TLS."""
    return {
        "Sid": "DenyWithoutTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def policy(*statements: Statement) -> pulumi.Output[str]:
    """A policy document as JSON text."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str) -> pulumi.Output[str]:
    """A trust policy for one AWS service."""
    return policy(
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    )
