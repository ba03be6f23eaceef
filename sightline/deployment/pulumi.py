"""The `pulumi` command, as far as a deployment needs it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sightline.deployment.target import parse_outputs
from sightline.domain.errors import ConflictError, NotFoundError


class Pulumi(Protocol):
    """What is asked of Pulumi for one stack. Each raises `ConflictError` when it fails."""

    def outputs(self) -> Mapping[str, Any]:
        """The stack's outputs."""

    def up(self) -> None:
        """Create and update everything; asks before it does."""

    def preview_destroy(self) -> None:
        """Show what `destroy` would delete; fails when it would not be allowed to."""

    def destroy(self) -> None:
        """Delete everything, without asking."""


class PulumiCommand:
    """`Pulumi` by its command, which talks to the person at the terminal itself."""

    def __init__(self, stack: str, *, ask: bool = True) -> None:
        self._stack, self._ask = stack, ask

    def outputs(self) -> Mapping[str, Any]:
        done = self._run("stack", "output", "--json", capture=True)
        return parse_outputs(done, f"The output of the stack {self._stack}")

    def up(self) -> None:
        self._run("up", *([] if self._ask else ["--yes"]))

    def preview_destroy(self) -> None:
        self._run("destroy", "--preview-only")

    def destroy(self) -> None:
        self._run("destroy", "--yes")

    def _run(self, *words: str, capture: bool = False) -> str:
        command = shutil.which("pulumi")
        if command is None:
            raise NotFoundError("The command `pulumi` is not installed; see docs/deploying.md.")
        return _finish([command, *words, "--stack", self._stack], capture=capture)


def _finish(command: Sequence[str], *, capture: bool) -> str:
    output = subprocess.PIPE if capture else None
    done = subprocess.run(command, stdout=output, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ConflictError(f"`pulumi {' '.join(command[1:])}` failed; it says why above.")
    return done.stdout or ""
