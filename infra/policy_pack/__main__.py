"""What `pulumi preview --policy-pack infra/policy_pack` starts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ResourceValidationPolicy,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

# Pulumi runs this folder as a script, so that of the repository is not on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from infra.policies import POLICIES, Policy
from infra.policy_pack.analyzed import NotKnownYetError, Stack

# They judge the program's text, and the engine has added names and defaults to what they would see.
OF_THE_TEXT = frozenset({"names_are_left_to_pulumi", "nothing_is_missing"})

Report = Callable[[str], None]


def judge(policy: Policy, stack: Stack) -> Callable[[Any, Report], None]:
    """A policy in the form that the SDK calls."""

    def validate(told: Any, report: Report) -> None:
        try:
            for problem in policy(stack.resources(told.resources)):
                report(problem)
        except NotKnownYetError as error:
            path = str(error).strip(".").split(".")
            raise UnknownValueError(UNKNOWN_STRING_VALUE, path) from error

    return validate


def first_line(policy: Policy) -> str:
    """What a policy demands, in a sentence."""
    return (policy.__doc__ or "").strip().splitlines()[0]


def start() -> None:
    """Serve the engine until it goes."""
    stack = Stack()
    PolicyPack(
        "sightline",
        [
            ResourceValidationPolicy(
                "inputs_are_noted",
                "Notes what is declared, for the other policies; it complains of nothing.",
                lambda told, _report: stack.declared(told),
            ),
            *(
                StackValidationPolicy(name, first_line(policy), judge(policy, stack))
                for name, policy in POLICIES.items()
                if name not in OF_THE_TEXT
            ),
        ],
        enforcement_level=EnforcementLevel.MANDATORY,
    )


start()
