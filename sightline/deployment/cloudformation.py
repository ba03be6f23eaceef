"""One CloudFormation stack: propose a change, apply it and watch, delete it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from sightline.deployment.watching import Pace, Watch
from sightline.domain.errors import ConflictError, InvalidError, UnavailableError

_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
_UPDATABLE = frozenset(
    {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}
)
# Nothing is left of a first creation that failed, but its name is taken.
_NEVER_WAS = frozenset({"ROLLBACK_COMPLETE"})
# SAM is a transform; roles are Pulumi's, so that nothing may create any.
_CAPABILITIES = ["CAPABILITY_AUTO_EXPAND"]


class Proposal(NamedTuple):
    """A change set that waits to be applied, and what it would do, a line for each resource."""

    id: str
    creates: bool
    changes: tuple[str, ...]


@dataclass
class ServiceStack:
    """A stack by its name. `client` is boto3's; `say` gets the progress, line by line."""

    client: Any
    name: str
    say: Callable[[str], None]
    pace: Pace = field(default_factory=Pace)

    def propose(self, template_url: str, tags: Mapping[str, str]) -> Proposal | None:
        """A change set for this template, or None when it would change nothing.

        `ConflictError` when the stack is in a state in which it cannot be changed.
        """
        creates = self._is_new()
        name = f"sightline-{uuid.uuid4().hex}"
        made = self.client.create_change_set(
            StackName=self.name,
            ChangeSetName=name,
            ChangeSetType="CREATE" if creates else "UPDATE",
            TemplateURL=template_url,
            Capabilities=_CAPABILITIES,
            Tags=[{"Key": key, "Value": value} for key, value in sorted(tags.items())],
        )
        proposal = self._described(made["Id"])
        if proposal["Status"] == "FAILED":
            self.client.delete_change_set(ChangeSetName=made["Id"], StackName=self.name)
            reason = proposal.get("StatusReason", "for no reason that was given")
            if any(text in reason for text in _NO_CHANGES):
                return None
            raise InvalidError(f"CloudFormation refuses the template of {self.name}: {reason}")
        return Proposal(made["Id"], creates, tuple(self._changes(made["Id"])))

    def discard(self, proposal: Proposal) -> None:
        """Take a proposal back; of a stack that was never made, its name too."""
        self.client.delete_change_set(ChangeSetName=proposal.id, StackName=self.name)
        if proposal.creates:
            self.client.delete_stack(StackName=self.name)

    def apply(self, proposal: Proposal) -> None:
        """Make the change and wait for its end; `ConflictError` names what failed first."""
        watch = self._watch(self._require())
        self.client.execute_change_set(ChangeSetName=proposal.id, StackName=self.name)
        watch.until_done()

    def delete(self) -> bool:
        """Delete the stack and wait; False when there is none."""
        stack = self._find()
        if stack is None:
            return False
        watch = self._watch(stack)
        self.client.delete_stack(StackName=self.name)
        # Of a stack that was only proposed, CloudFormation forgets the events with it.
        if stack["StackStatus"] != "REVIEW_IN_PROGRESS":
            watch.until_done()
        return True

    def output(self, name: str) -> str:
        """One of the stack's outputs."""
        outputs = {o["OutputKey"]: o["OutputValue"] for o in self._require().get("Outputs", [])}
        if name not in outputs:
            raise InvalidError(f"The stack {self.name} has no output {name}.")
        return str(outputs[name])

    def _is_new(self) -> bool:
        stack = self._find()
        status = stack["StackStatus"] if stack else "REVIEW_IN_PROGRESS"
        if status in _NEVER_WAS:
            self.say(f"{self.name}: its first creation failed; removing what is left of it")
            self.delete()
            return True
        if status == "REVIEW_IN_PROGRESS":
            return True
        if status in _UPDATABLE:
            return False
        if status.endswith("_IN_PROGRESS"):
            raise ConflictError(f"{self.name} is being changed by somebody: {status}. Try later.")
        raise ConflictError(f"{self.name} is in the state {status}; see docs/deploying.md.")

    def _find(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self.client.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return None
            raise
        return found

    def _require(self) -> dict[str, Any]:
        stack = self._find()
        if stack is None:
            raise ConflictError(f"The stack {self.name} was deleted meanwhile.")
        return stack

    def _watch(self, stack: Mapping[str, Any]) -> Watch:
        return Watch(self.client, self.name, stack["StackId"], self.say, self.pace)

    def _described(self, change_set: str) -> dict[str, Any]:
        for _ in self.pace.ticks():
            described: dict[str, Any] = self.client.describe_change_set(
                ChangeSetName=change_set, StackName=self.name
            )
            if described["Status"] in {"CREATE_COMPLETE", "FAILED"}:
                return described
        raise UnavailableError(f"CloudFormation did not plan the change of {self.name} in time.")

    def _changes(self, change_set: str) -> list[str]:
        pages = self.client.get_paginator("describe_change_set").paginate(
            ChangeSetName=change_set, StackName=self.name
        )
        return [_line(change["ResourceChange"]) for page in pages for change in page["Changes"]]


def _line(change: Mapping[str, Any]) -> str:
    replaced = ", replaced" if change.get("Replacement") == "True" else ""
    return f"{change['Action']} {change['ResourceType']} {change['LogicalResourceId']}{replaced}"
