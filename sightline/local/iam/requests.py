"""What a request to AWS asks of IAM: actions, and the resources that they are about.

AWS documents both for every operation:
https://docs.aws.amazon.com/service-authorization/latest/reference/
Known are the services that this project's functions call. What a request to any other one needs is
not known, so that no role has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

from sightline.local.iam.credentials import ACCOUNT_ID

Parameters = Mapping[str, Any]


class Ask(NamedTuple):
    """One permission: an action, and the ARN of what it is about."""

    action: str
    resource: str


class Request(NamedTuple):
    """A request to a service in a region; `body` is empty where the operation is in the path."""

    service: str
    region: str
    method: str
    path: str
    query: Mapping[str, list[str]]
    target: str
    body: bytes
    copies: str = ""

    def arn(self, rest: str, service: str = "") -> str:
        """The ARN of something of this account."""
        return f"arn:aws:{service or self.service}:{self.region}:{ACCOUNT_ID}:{rest}"


def asks(request: Request) -> tuple[str, list[Ask]]:
    """The operation, such as `dynamodb:GetItem`, and every permission that it takes."""
    if request.service == "s3":
        operation, found = _s3(request)
    elif request.service in _PATHS:
        operation, found = _by_path(request)
    else:
        operation, parameters = _operation(request)
        find = _SERVICES.get(request.service)
        found = list(find(request, operation, parameters)) if find else []
    name = f"{request.service}:{operation or 'unknown'}"
    return name, found or [Ask(name, "unknown")]


def _operation(request: Request) -> tuple[str, Parameters]:
    if request.target:
        return request.target.rpartition(".")[2], json.loads(request.body or b"{}")
    form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    return form.pop("Action", ""), form


_TABLE_PARTS = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}


def _dynamodb(request: Request, operation: str, parameters: Parameters) -> Iterator[Ask]:
    def table(name: str) -> str:
        return name if name.startswith("arn:") else request.arn(f"table/{name}")

    action = f"dynamodb:{operation}"
    if "TransactItems" in parameters:
        for part in parameters["TransactItems"]:
            for kind, item in part.items():
                yield Ask(f"dynamodb:{_TABLE_PARTS[kind]}", table(item["TableName"]))
    elif "RequestItems" in parameters:
        for name in parameters["RequestItems"]:
            yield Ask(action, table(name))
    elif "ShardIterator" in parameters:
        yield Ask(action, str(parameters["ShardIterator"]).partition("|")[0])
    elif "StreamArn" in parameters:
        yield Ask(action, parameters["StreamArn"])
    elif "TableName" in parameters:
        index = parameters.get("IndexName")
        yield Ask(action, table(parameters["TableName"]) + (f"/index/{index}" if index else ""))


def _sqs(request: Request, operation: str, parameters: Parameters) -> Iterator[Ask]:
    queue = str(parameters.get("QueueUrl", "")).rpartition("/")[2]
    yield Ask(f"sqs:{operation}", request.arn(queue))


def _athena(request: Request, operation: str, parameters: Parameters) -> Iterator[Ask]:
    group = parameters.get("WorkGroup") or _work_group(request, parameters)
    yield Ask(f"athena:{operation}", request.arn(f"workgroup/{group}"))


def _work_group(request: Request, parameters: Parameters) -> str:
    from moto.athena.models import athena_backends

    backend = athena_backends[ACCOUNT_ID][request.region]
    execution = backend.executions.get(str(parameters.get("QueryExecutionId")))
    group = getattr(execution, "workgroup", None)
    return str(getattr(group, "name", group) or "primary")


def _glue(request: Request, operation: str, parameters: Parameters) -> Iterator[Ask]:
    database = parameters.get("DatabaseName") or parameters.get("Name")
    table = parameters.get("TableName") or (parameters.get("Name") if "Table" in operation else "")
    names = ["catalog", f"database/{database}", *([f"table/{database}/{table}"] if table else [])]
    for name in names:
        yield Ask(f"glue:{operation}", request.arn(name))


def _named(prefix: str, parameter: str, rest: str = "{}") -> Callable[..., Iterator[Ask]]:
    """The resource is what one parameter names, by ARN or by name."""

    def find(request: Request, operation: str, parameters: Parameters) -> Iterator[Ask]:
        name = str(parameters.get(parameter, ""))
        arn = name if name.startswith("arn:") else request.arn(rest.format(name))
        yield Ask(f"{prefix}:{operation}", arn)

    return find


_SERVICES: Mapping[str, Callable[[Request, str, Parameters], Iterator[Ask]]] = {
    "athena": _athena,
    "cognito-idp": _named("cognito-idp", "UserPoolId", "userpool/{}"),
    "dynamodb": _dynamodb,
    "events": _named("events", "Name", "rule/{}"),
    "firehose": _named("firehose", "DeliveryStreamName", "deliverystream/{}"),
    "glue": _glue,
    "sns": _named("sns", "TopicArn"),
    "sqs": _sqs,
    "states": _named("states", "stateMachineArn"),
}

# Services whose operation is in the path: method, path, operation, permission, resource.
_PATHS: Mapping[str, tuple[tuple[str, str, str, str, str], ...]] = {
    "lambda": (
        (
            "POST",
            r"/2015-03-31/functions/([^/]+)/invocations/?",
            "Invoke",
            "lambda:InvokeFunction",
            "function:{}",
        ),
        *(
            (
                method,
                r"/2019-09-30/functions/([^/]+)/provisioned-concurrency/?",
                f"{verb}ProvisionedConcurrencyConfig",
                f"lambda:{verb}ProvisionedConcurrencyConfig",
                "function:{}",
            )
            for method, verb in (("GET", "Get"), ("PUT", "Put"), ("DELETE", "Delete"))
        ),
        *(
            (
                method,
                rf"/{version}/functions/([^/]+)/concurrency/?",
                f"{verb}FunctionConcurrency",
                f"lambda:{verb}FunctionConcurrency",
                "function:{}",
            )
            for method, verb, version in (
                ("GET", "Get", "2019-09-30"),
                ("PUT", "Put", "2017-10-31"),
                ("DELETE", "Delete", "2017-10-31"),
            )
        ),
    ),
    "sagemaker": (
        (
            "POST",
            r"/endpoints/([^/]+)/invocations/?",
            "InvokeEndpoint",
            "sagemaker:InvokeEndpoint",
            "endpoint/{}",
        ),
    ),
    "greengrass": (
        (
            "POST",
            r"/greengrass/v2/(create)ComponentVersion/?",
            "CreateComponentVersion",
            "greengrass:CreateComponentVersion",
            "components:*",
        ),
    ),
}


def _by_path(request: Request) -> tuple[str, list[Ask]]:
    for method, pattern, operation, action, rest in _PATHS[request.service]:
        found = re.fullmatch(pattern, request.path)
        if found and method == request.method:
            name = unquote(found[1])
            arn = name if name.startswith("arn:") else request.arn(rest.format(name))
            qualifier = request.query.get("Qualifier")
            if qualifier:
                arn = f"{arn}:{qualifier[0]}"
            return operation, [Ask(action, arn)]
    return "", []


# Permissions are named after operations, with exceptions: by method, and whether there is a key.
_OBJECTS = {
    "GET": ("GetObject", "s3:GetObject"),
    "HEAD": ("HeadObject", "s3:GetObject"),
    "PUT": ("PutObject", "s3:PutObject"),
    "DELETE": ("DeleteObject", "s3:DeleteObject"),
}
_LISTINGS = frozenset({"GET", "HEAD"})
_LISTING_PARAMETERS = frozenset(
    {"list-type", "prefix", "delimiter", "max-keys", "marker", "start-after", "continuation-token"}
    | {"encoding-type", "fetch-owner"}
)


def _s3(request: Request) -> tuple[str, list[Ask]]:
    bucket, _, key = request.path.lstrip("/").partition("/")
    plain = {name for name in request.query if not name.lower().startswith("x-")}
    if key and request.method in _OBJECTS:
        return _object(request, f"arn:aws:s3:::{bucket}/{key}")
    if key and request.method == "POST" and plain & {"uploads", "uploadId"}:
        return "MultipartUpload", [Ask("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}")]
    if not key and request.method == "POST" and "delete" in plain:
        keys = re.findall(rb"<Key>(.*?)</Key>", request.body)
        arns = [f"arn:aws:s3:::{bucket}/{name.decode()}" for name in keys]
        return "DeleteObjects", [Ask("s3:DeleteObject", arn) for arn in arns]
    if not key and request.method in _LISTINGS and plain <= _LISTING_PARAMETERS | {"x-id"}:
        return "ListObjectsV2", [Ask("s3:ListBucket", f"arn:aws:s3:::{bucket}")]
    if not key and request.method == "GET" and "location" in plain:
        return "GetBucketLocation", [Ask("s3:GetBucketLocation", f"arn:aws:s3:::{bucket}")]
    return "", []


def _object(request: Request, arn: str) -> tuple[str, list[Ask]]:
    operation, action = _OBJECTS[request.method]
    if "versionId" in request.query:
        action += "Version"
    if "uploadId" in request.query and request.method == "DELETE":
        return "AbortMultipartUpload", [Ask("s3:AbortMultipartUpload", arn)]
    found = [Ask(action, arn)]
    if request.copies:
        source, _, version = unquote(request.copies).lstrip("/").partition("?versionId=")
        reading = "s3:GetObjectVersion" if version else "s3:GetObject"
        return "CopyObject", [*found, Ask(reading, f"arn:aws:s3:::{source}")]
    return operation, found
