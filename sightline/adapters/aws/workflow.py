"""The state machines over Step Functions and their parked inputs over SQS."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sightline.adapters.aws.errors import translated
from sightline.workflow.ports import ParkedInput

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient


class StepFunctionsWorkflow:
    """`Workflow` over the inspection state machine."""

    def __init__(self, state_machine_arn: str, client: SFNClient) -> None:
        self._arn = state_machine_arn
        self._client = client

    def start(self, event: Mapping[str, Any], *, state_machine: str | None = None) -> None:
        with translated("Starting the workflow"):
            self._client.start_execution(
                stateMachineArn=state_machine or self._arn, input=json.dumps(event)
            )


class SqsParkingQueue:
    """`ParkingQueue` over the parked queue.

    It holds two kinds of messages: what a state machine parked (input, machine, error and cause),
    and events that could not start one, which are the bare event.
    """

    def __init__(self, url: str, client: SQSClient) -> None:
        self._url = url
        self._client = client

    def receive(self) -> Sequence[ParkedInput]:
        with translated("Receiving parked inputs"):
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=0,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["SentTimestamp"],
            )
        return [_parked(message) for message in answer.get("Messages", [])]

    def forget(self, parked: ParkedInput) -> None:
        with translated("Deleting a parked input"):
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=parked.receipt)


def _parked(message: Any) -> ParkedInput:
    body = json.loads(message["Body"])
    attributes = message.get("MessageAttributes", {})
    by_machine = "stateMachine" in body
    return ParkedInput(
        receipt=message["ReceiptHandle"],
        input=body["input"] if by_machine else body,
        state_machine=body["stateMachine"] if by_machine else None,
        error=body["error"] if by_machine else _text(attributes, "ERROR_CODE"),
        cause=body["cause"] if by_machine else _text(attributes, "ERROR_MESSAGE"),
        parked_at=datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC),
    )


def _text(attributes: Mapping[str, Any], name: str) -> str:
    return str(attributes.get(name, {}).get("StringValue", ""))
