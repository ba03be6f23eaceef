"""Runs the Pulumi program of `infra/` against the embedded AWS server."""

from __future__ import annotations

import asyncio
import importlib
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime import set_mocks

from sightline.domain.errors import NotFoundError
from sightline.local.provider.mocks import MotoMocks

if TYPE_CHECKING:
    from infra.settings import StackSettings

PROJECT = "sightline"
ROOT = Path(__file__).resolve().parents[2]
Program = Callable[[], Mapping[str, Any]]


def provision(endpoint: str, settings: StackSettings, artifacts: Path) -> dict[str, Any]:
    """Create everything that `infra.stack.build` declares; its outputs as plain values.

    `artifacts` holds the functions' zips. The server must be empty: nothing is updated.
    """
    build = infra("stack").build
    mocks = MotoMocks(endpoint, region=settings.region)
    return run(lambda: build(settings, artifacts), mocks, stack=settings.environment)


def infra(module: str) -> Any:
    """A module of the Pulumi program, which lives beside the package and not in it."""
    if not (ROOT / "infra" / "stack.py").is_file():
        raise NotFoundError(
            f"{ROOT} has no infra/: the local system runs from a checkout of the repository"
        )
    if str(ROOT) not in sys.path:
        sys.path.append(str(ROOT))
    return importlib.import_module(f"infra.{module}")


def run(program: Program, mocks: MotoMocks, *, stack: str) -> dict[str, Any]:
    """Run a Pulumi program on mocks and wait for its outputs.

    It has a thread of its own. A run that failed leaves tasks behind, which would go on creating
    resources as soon as their event loop turned again; there, it never does.
    """
    answer: dict[str, Any] = {}
    problems: list[BaseException] = []

    def on_own_loop() -> None:
        loop = asyncio.new_event_loop()
        # What fails after the first failure is of no interest, and would be logged at length.
        loop.set_exception_handler(lambda *_: None)
        asyncio.set_event_loop(loop)
        try:
            set_mocks(mocks, project=PROJECT, stack=stack, preview=False)
            _resolve(program, answer)
        except BaseException as error:
            problems.append(error)
        finally:
            loop.close()

    thread = threading.Thread(target=on_own_loop, name="pulumi")
    thread.start()
    thread.join()
    if problems:
        raise problems[0]
    return answer


def _resolve(program: Program, answer: dict[str, Any]) -> None:
    # Pulumi calls it a test; it is what awaits every resource that a program declares.
    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def awaited() -> pulumi.Output[None]:
        return pulumi.Output.all(**program()).apply(answer.update)

    awaited()
