"""An emulated AWS in this process, whose functions are plain Python functions."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.awslambda.models import LambdaFunction
from moto.core.config import default_user_config
from moto.moto_api._internal.models import moto_api_backend
from moto.server import ThreadedMotoServer

from sightline.local.seams import Seams

REGION = "eu-west-1"
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"


def policy(statement: dict[str, Any]) -> str:
    """A policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Functions:
    """Lambda functions by name; each is called with the event and may raise."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[[Any], Any]] = {}
        self.calls: list[tuple[str, Any]] = []
        self._lock = threading.Lock()

    def run(self, function: Any, event: Any = None) -> tuple[str, bool, str]:
        """What moto asks of a function: its JSON answer, whether it failed, its logs."""
        with self._lock:
            self.calls.append((function.function_name, event))
        try:
            answer = self.handlers[function.function_name](event)
        except Exception as error:
            failure = {"errorType": type(error).__name__, "errorMessage": str(error)}
            return json.dumps(failure), True, ""
        return json.dumps(answer), False, ""

    def events(self, name: str) -> list[Any]:
        """The events that function `name` got."""
        return [event for called, event in self.calls if called == name]


class Aws:
    """Clients of the emulated AWS, and its functions."""

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self.functions = Functions()
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A boto3 client."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,  # type: ignore[call-overload]
                region_name=REGION,
                endpoint_url=self.endpoint_url,
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(
                    signature_version="s3v4" if service == "s3" else None,
                    inject_host_prefix=False,
                    s3={"addressing_style": "path"},
                ),
            )
        return self._clients[service]

    def role(self, name: str, *, allowed: str, to: str) -> str:
        """Create a role that any service may take on and that may do `allowed` to `to`; its ARN."""
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}
        may = {"Effect": "Allow", "Action": allowed, "Resource": to}
        iam = self.client("iam")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy(may))
        return f"arn:aws:iam::{ACCOUNT}:role/{name}"

    def function(self, name: str, handler: Callable[[Any], Any]) -> str:
        """Create a function; its ARN."""
        self.functions.handlers[name] = handler
        created = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=ROLE,
            Handler="handler.handler",
            Code={"ZipFile": b"none"},
        )
        return str(created["FunctionArn"])

    def machine(
        self, name: str, states: dict[str, Any], kind: str = "EXPRESS", role: str = ROLE
    ) -> str:
        """Create a state machine that starts at the first of `states`; its ARN."""
        definition = {"StartAt": next(iter(states)), "States": states}
        created = self.client("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=role, type=kind
        )
        return str(created["stateMachineArn"])

    def queue(self, name: str) -> tuple[str, str]:
        """Create a queue; its URL and its ARN."""
        url = self.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        return str(url), f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def received(self, url: str) -> list[Any]:
        """Everything on a queue."""
        found: list[Any] = []
        while (
            batch := self.client("sqs")
            .receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            .get("Messages")
        ):
            found += batch
        return found


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    config_before = dict(default_user_config)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
    default_user_config.clear()
    default_user_config.update(config_before)


@pytest.fixture
def aws(moto_endpoint: str) -> Iterator[Aws]:
    emulated = Aws(moto_endpoint)
    emulated.role("any", allowed="*", to="*")
    seams = Seams()
    functions = emulated.functions
    seams.replace(LambdaFunction, "_invoke_lambda", lambda fn, event=None: functions.run(fn, event))
    yield emulated
    seams.restore()
    moto_api_backend.reset()
