"""`sightline replay`: what the lake could not take is handed over again."""

from __future__ import annotations

import json

import typer

from sightline.cli.outcome import FAILED, Json, refusals
from sightline.cli.outputs import StackOutputs, read_outputs


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(stack_outputs: StackOutputs, as_json: Json = False) -> None:
    """Send to the lake what the stream set aside, image by image as the table has it now.

    What is refused again stays on the queue, and then the exit code is 1.
    """
    from sightline.bootstrap import operations
    from sightline.workflow.replay import Replayed
    from sightline.workflow.replay import replay as hand_over

    def tell(done: Replayed) -> None:
        stays = f"stays on the queue: {done.refused}"
        typer.echo(f"{done.what}: {stays if done.refused else 'done'}", err=True)

    with refusals():
        names = ("streamFailuresQueueUrl", "inspectionsTable", "streamFunctionName")
        outputs = read_outputs(stack_outputs, *names)
        results = hand_over(operations.replay(*(outputs[name] for name in names)), tell)
    stay = sum(bool(result.refused) for result in results)
    done = len(results) - stay
    typer.echo(
        json.dumps({"done": done, "stay": stay})
        if as_json
        else f"{done} messages are done with, {stay} stay on the queue."
    )
    if stay:
        raise typer.Exit(FAILED)
