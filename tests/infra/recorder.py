"""Runs the program without an engine and keeps all that it declares."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks

from infra.policies.resource import Resource, short

ACCOUNT = "123456789012"
REGION = "eu-west-1"

# What follows `arn:aws:<service>:<region>:<account>:` for the types that have an ARN.
ARNS = {
    "cloudfront.Distribution": "cloudfront::{account}:distribution/{name}",
    "cognito.UserPool": "cognito-idp:{region}:{account}:userpool/{name}",
    "dynamodb.Table": "dynamodb:{region}:{account}:table/{name}",
    "lambda.Function": "lambda:{region}:{account}:function:{name}",
    "sfn.StateMachine": "states:{region}:{account}:stateMachine:{name}",
    "sns.Topic": "sns:{region}:{account}:{name}",
    "sqs.Queue": "sqs:{region}:{account}:{name}",
    "kms.Key": "kms:{region}:{account}:key/{name}",
    "cloudwatch.LogGroup": "logs:{region}:{account}:log-group:{name}",
    "cloudwatch.EventRule": "events:{region}:{account}:rule/{name}",
    "cloudwatch.MetricAlarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "iam.Role": "iam::{account}:role/{name}",
    "s3.Bucket": "s3:::{name}",
    "kinesis.FirehoseDeliveryStream": "firehose:{region}:{account}:deliverystream/{name}",
    "glue.CatalogDatabase": "glue:{region}:{account}:database/{name}",
    "glue.CatalogTable": "glue:{region}:{account}:table/{databaseName}/{name}",
    "quicksight.DataSource": "quicksight:{region}:{account}:datasource/{dataSourceId}",
    "quicksight.DataSet": "quicksight:{region}:{account}:dataset/{dataSetId}",
    "athena.Workgroup": "athena:{region}:{account}:workgroup/{name}",
}


@dataclass
class Recording:
    """What a run declared, and what it exported."""

    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)


class Recorder(pulumi.runtime.Mocks):
    """Answers every registration with the outputs that AWS would give."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        """What was registered, as far as it got."""

    def new_resource(self, args: Any) -> tuple[str, dict[str, Any]]:
        self.asked.append(args.name)
        name = args.inputs.get("name", f"{args.name}-0a1b2c3")
        outputs = {**args.inputs, "name": name}
        kind = short(args.typ)
        if kind in ARNS:
            arn = ARNS[kind].format(**{**outputs, "region": REGION, "account": ACCOUNT})
            outputs["arn"] = f"arn:aws:{arn}"
        if kind == "cloudfront.Distribution":
            outputs["domainName"] = "d111111abcdef8.cloudfront.net"
            outputs["hostedZoneId"] = "Z2FDTNDATAQYW2"
        if kind == "apigateway.DomainName":
            outputs["regionalDomainName"] = f"d-{args.name}.execute-api.{REGION}.amazonaws.com"
            outputs["regionalZoneId"] = "ZLY8HYME6SFDD"
        if kind == "s3.Bucket":
            outputs["bucketRegionalDomainName"] = f"{name}.s3.{REGION}.amazonaws.com"
        if args.inputs.get("streamEnabled"):
            outputs["streamArn"] = f"{outputs['arn']}/stream/2026-03-14T12:00:05.250"
        if kind == "lambda.Function":
            outputs["version"] = "1"
        if kind == "sqs.Queue":
            outputs["url"] = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
        return name, outputs

    def call(self, args: Any) -> dict[str, Any]:
        if args.token == "aws:index/getCallerIdentity:getCallerIdentity":
            return {"accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:user/deployer"}
        raise NotImplementedError(args.token)


class Blind(Recorder):
    """Knows as little as a first preview: neither ids nor anything else that AWS gives."""

    def new_resource(self, args: Any) -> tuple[str, dict[str, Any]]:
        return "", dict(args.inputs)


class Monitor(mocks.MockMonitor):
    """Sees resource options, which mocks do not, and refuses a URN that is there already."""

    def __init__(self, recorder: Recorder, recording: Recording) -> None:
        super().__init__(recorder)
        self._recording, self._lock = recording, threading.Lock()
        self._urns: set[str] = set()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name of the call
        urn = self.make_urn(request.parent, request.type, request.name)
        with self._lock:
            if urn in self._urns:
                raise ValueError(f"{urn} is declared twice")
            self._urns.add(urn)
        answer = super().RegisterResource(request)
        registered = self.resources.get(urn)
        if registered is not None:
            self._keep(request, registered)
        return answer

    def _keep(self, request: Any, registered: mocks.MockMonitor.ResourceRegistration) -> None:
        outputs = registered.state
        inputs = pulumi.runtime.rpc.deserialize_properties(request.object)
        resource = Resource(
            type=short(request.type),
            name=request.name,
            inputs=inputs,
            outputs=outputs,
            id=registered.id,
            provider=request.provider,
            custom=request.custom,
            protect=request.protect,
            retain_on_delete=request.retainOnDelete,
        )
        with self._lock:
            self._recording.resources.append(resource)


def record(
    build: Callable[[], Mapping[str, Any]],
    *,
    stack: str,
    preview: bool = False,
    recorder: Recorder | None = None,
) -> Recording:
    """Run a program and return what it declared."""
    # A run that failed leaves tasks behind, which would go on declaring in this run.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    recording = Recording()
    recorder = recorder or Recorder()
    pulumi.runtime.set_mocks(
        recorder,
        project="sightline",
        stack=stack,
        preview=preview,
        monitor=Monitor(recorder, recording),
    )

    @pulumi.runtime.test
    def run() -> pulumi.Output[None]:
        return pulumi.Output.all(**build()).apply(recording.outputs.update)

    try:
        run()
    except BaseException:
        # The failure is raised; what those tasks still have to say of it is only noise.
        loop.set_exception_handler(lambda _loop, _context: None)
        raise
    return recording


def one(recording: Recording, kind: str, name: str) -> Resource:
    """The resource of a type with a logical name."""
    (found,) = [r for r in recording.resources if (r.type, r.name) == (kind, name)]
    return found
