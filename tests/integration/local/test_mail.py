"""From SNS to the mailbox, against an emulated AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sightline.local import mail
from sightline.local.mail import Mailbox

from .conftest import Aws


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    wire = mail.install()
    yield wire.mailbox
    wire.close()


def subscribe(aws: Aws, topic: str, protocol: str, endpoint: str, policy: Any = None) -> None:
    attributes = {"FilterPolicy": json.dumps(policy)} if policy else {}
    aws.client("sns").subscribe(
        TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes
    )


def test_each_subscriber_gets_the_text_meant_for_him(aws: Aws, mailbox: Mailbox) -> None:
    sns = aws.client("sns")
    topic = sns.create_topic(Name="alerts", Attributes={"DisplayName": "Sightline"})["TopicArn"]
    url, queue = aws.queue("machines")
    subscribe(aws, topic, "email", "lead@line.example")
    subscribe(aws, topic, "sms", "+431234567")
    subscribe(aws, topic, "sqs", queue)
    texts = {"default": '{"for": "machines"}', "email": "For people: ä", "sms": "short"}
    sns.publish(
        TopicArn=topic, Subject="Defect", Message=json.dumps(texts), MessageStructure="json"
    )
    sms, letter = mailbox.messages()
    assert (letter.to, letter.subject, letter.text) == (
        "lead@line.example",
        "Defect",
        "For people: ä",
    )
    assert b"From: Sightline <no-reply@sns.amazonaws.com>" in letter.raw
    assert (sms.protocol, sms.to, sms.text) == ("sms", "+431234567", "short")
    (message,) = aws.received(url)
    assert json.loads(message["Body"])["Message"] == '{"for": "machines"}'


def test_filter_policies_hold_for_mail(aws: Aws, mailbox: Mailbox) -> None:
    sns = aws.client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    subscribe(aws, topic, "email", "all@line.example")
    subscribe(aws, topic, "email", "line1@line.example", {"line": ["line-1"]})
    for line in ("line-1", "line-2"):
        attributes = {"line": {"DataType": "String", "StringValue": line}}
        sns.publish(TopicArn=topic, Message=line, MessageAttributes=attributes)
    got = sorted((found.to, found.text) for found in mailbox.messages())
    assert got == [
        ("all@line.example", "line-1"),
        ("all@line.example", "line-2"),
        ("line1@line.example", "line-1"),
    ]
