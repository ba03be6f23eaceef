"""What looks after the cameras by the clock."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from infra.components.artifacts import Artifact
from infra.components.data import Data
from infra.components.function import Function, FunctionArgs
from infra.components.queue import ParkedQueue
from infra.components.wakeup import Wakeup
from infra.settings import StackSettings
from sightline.settings.pipeline import SilenceSettings

EVERY = "rate(5 minutes)"


@dataclass(frozen=True)
class WatchArgs:
    """`prefix` begins the name of the log group; `artifact` has the function's code."""

    settings: StackSettings
    prefix: str
    artifact: Artifact
    data: Data


class Watch(pulumi.ComponentResource):
    """The function that counts silent cameras, woken every five minutes."""

    def __init__(
        self, name: str, args: WatchArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:watch:Watch", name, None, opts)
        child = ResourceOptions(parent=self)
        self.missed = ParkedQueue("silence-missed", child)
        self.silence = Function("silence", _silence(args, self.missed), child)
        self.silence.park_failures(self.missed)
        self.wakeup = Wakeup(
            "silence",
            self.silence,
            self.missed,
            every=EVERY,
            description="Look for silent cameras",
            opts=child,
        )
        self.register_outputs({})


def _silence(args: WatchArgs, missed: ParkedQueue) -> FunctionArgs:
    return FunctionArgs(
        artifact=args.artifact,
        handler="silence.handler",
        description="Count the cameras that stopped sending",
        environment=SilenceSettings.to_env(
            cameras_table=args.data.cameras.name,
            metrics_namespace=args.settings.metrics_namespace,
            silent_after_minutes=args.settings.silent_after_minutes,
        ),
        statements=[args.data.cameras.allow("Scan"), missed.allow_send()],
        log_group=f"/aws/lambda/{args.prefix}-silence",
        log_retention_days=args.settings.log_retention_days,
        timeout_seconds=28,
    )
