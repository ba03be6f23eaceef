"""The policy pack, asked over its own protocol as the Pulumi engine asks it."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import grpc
import pulumi
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2_grpc

from infra.policies import POLICIES
from infra.policies.resource import Resource
from tests.api import ROOT
from tests.environments import python_with
from tests.infra.changes import REMOVED, Change, drop, put
from tests.infra.recorder import Recording

VERSION = (ROOT / "infra/policy_pack/requirements.txt").read_text().strip().partition("==")[2]
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
TABLE, MAPPING = "dynamodb.Table", "lambda.EventSourceMapping"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    """A running pack, and a client of it. Nothing is remembered between updates but inputs."""
    python = python_with("pulumi-policy", VERSION)
    with subprocess.Popen(
        [python, "-u", "infra/policy_pack", "127.0.0.1:1"], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        port = process.stdout.readline().decode().strip()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)  # type: ignore[no-untyped-call]
        process.terminate()


def token(kind: str) -> str:
    """The type of a resource as the engine names it."""
    if kind.count(":"):
        return kind
    module, name = kind.split(".")
    if module in {"providers", "pulumi"}:
        return f"pulumi:{module}:{name}"
    return f"aws:{module}/{name[0].lower()}{name[1:]}:{name}"


def told(resources: Sequence[Resource], *, preview: bool) -> Iterator[tuple[Any, Any]]:
    """Each resource before it is made and after that; in a preview, without ids and ARNs."""
    providers = {r.id: r for r in resources if r.type == "providers.aws"}
    # Names that the program gives are known before anything is made.
    ids = {r.id for r in resources if r.custom and r.id and r.id != r.inputs.get("name")}
    for number, resource in enumerate(resources):
        urn = f"urn:pulumi:prod::sightline::{token(resource.type)}::{number}-{resource.name}"
        given = {"type": token(resource.type), "urn": urn, "name": resource.name}
        provider = providers.get(resource.provider.rpartition("::")[2])
        if provider:
            given["provider"] = proto.AnalyzerProviderResource(
                type="pulumi:providers:aws", name=provider.name, urn="urn:provider"
            )
        outputs = sent({**resource.outputs, "id": resource.id}, ())
        inputs = sent(dict(resource.inputs), ids if preview else ())
        if preview:
            outputs |= {"id": UNKNOWN, "arn": UNKNOWN}
        before, after = proto.AnalyzeRequest(**given), proto.AnalyzerResource(**given)
        before.properties.update(inputs)
        after.properties.update(outputs)
        yield before, after


def sent(value: Any, unknown_ids: Collection[str]) -> Any:
    """Inputs on the wire; in a first preview, whatever has an ARN or an id in it is not known."""
    if isinstance(value, dict):
        return {key: sent(item, unknown_ids) for key, item in value.items()}
    if isinstance(value, list):
        return [sent(item, unknown_ids) for item in value]
    if isinstance(value, pulumi.Asset | pulumi.Archive):
        return "a file"
    if isinstance(value, str) and unknown_ids and ("arn:aws:" in value or value in unknown_ids):
        return UNKNOWN
    return value


def analyzed(engine: Any, resources: Sequence[Resource], *, preview: bool = False) -> list[Any]:
    """What the pack says of an update or a preview."""
    said, everything = [], []
    for before, after in told(resources, preview=preview):
        said += engine.Analyze(before).diagnostics
        everything.append(after)
    said += engine.AnalyzeStack(proto.AnalyzeStackRequest(resources=everything)).diagnostics
    return said


def broken(said: Sequence[Any]) -> set[str]:
    """The policies that stop an update."""
    return {one.policyName for one in said if one.enforcementLevel == proto.MANDATORY}


def test_the_pack_has_every_policy_but_those_of_the_programs_text(engine: Any) -> None:
    info = engine.GetAnalyzerInfo(Empty())
    names = {policy.name for policy in info.policies} - {"inputs_are_noted"}
    assert POLICIES.keys() - names == {"names_are_left_to_pulumi", "nothing_is_missing"}
    assert names < POLICIES.keys()
    assert all(policy.description.endswith(".") for policy in info.policies)


def test_our_own_program_passes(engine: Any, full: Recording) -> None:
    assert [one.message for one in analyzed(engine, full.resources)] == []


@pytest.mark.parametrize(
    ("policy", "spoil"),
    [
        ("buckets_are_private", drop("s3.BucketPublicAccessBlock")),
        ("everything_demands_tls", drop("sns.TopicPolicy")),
        ("tables_are_recoverable", put(TABLE, "pointInTimeRecovery", REMOVED)),
        ("everything_is_tagged", put("providers.aws", "defaultTags", '{"tags": {"Project": "x"}}')),
        (
            "streams_never_stand_still",
            put("lambda.EventSourceMapping", "destinationConfig", REMOVED),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_resource_stops_the_update(
    policy: str, spoil: Change, engine: Any, full: Recording
) -> None:
    said = analyzed(engine, spoil(full.resources))
    assert broken(said) == {policy}
    assert all(": " not in one.message.splitlines()[0] for one in said)


def test_a_first_preview_judges_what_it_knows_and_says_what_it_does_not(
    engine: Any, full: Recording
) -> None:
    said = analyzed(engine, full.resources, preview=True)
    assert broken(said) == set()
    unknown = {one.policyName for one in said}
    assert "buckets_are_private" in unknown
    assert not {"tables_are_recoverable", "logs_expire", "everything_is_tagged"} & unknown


def test_a_first_preview_stops_a_bad_resource(engine: Any, full: Recording) -> None:
    spoilt = put(TABLE, "billingMode", "PROVISIONED")(full.resources)
    assert broken(analyzed(engine, spoilt, preview=True)) == {"tables_are_recoverable"}
