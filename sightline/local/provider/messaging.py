"""SNS topics, SQS queues, and EventBridge rules with their targets."""

from __future__ import annotations

from typing import Any

from sightline.domain.errors import UnavailableError
from sightline.local.provider.creation import REGISTRY, Created, Creation
from sightline.local.provider.values import attribute, pascal


def _attributes(new: Creation, **names: str) -> dict[str, str]:
    """Inputs as attributes, by AWS's name for each."""
    taken = {name: new.take(key) for key, name in names.items()}
    return {name: attribute(value) for name, value in taken.items() if value is not None}


@REGISTRY.creates("aws:sns/topic:Topic")
def topic(new: Creation) -> Created:
    name = new.physical_name()
    new.without_meaning_here("tags")
    attributes = _attributes(new, displayName="DisplayName", kmsMasterKeyId="KmsMasterKeyId")
    arn = new.client("sns").create_topic(Name=name, Attributes=attributes)["TopicArn"]
    return Created(arn, {"name": name, "arn": arn})


@REGISTRY.creates("aws:sns/topicPolicy:TopicPolicy")
def topic_policy(new: Creation) -> Created:
    arn = new.need("arn")
    new.client("sns").set_topic_attributes(
        TopicArn=arn, AttributeName="Policy", AttributeValue=new.need("policy")
    )
    return Created(arn)


@REGISTRY.creates("aws:sns/topicSubscription:TopicSubscription")
def topic_subscription(new: Creation) -> Created:
    attributes = _attributes(
        new,
        filterPolicy="FilterPolicy",
        filterPolicyScope="FilterPolicyScope",
        rawMessageDelivery="RawMessageDelivery",
        redrivePolicy="RedrivePolicy",
    )
    arn = new.client("sns").subscribe(
        TopicArn=new.need("topic"),
        Protocol=new.need("protocol"),
        Endpoint=new.need("endpoint"),
        ReturnSubscriptionArn=True,
        Attributes=attributes,
    )["SubscriptionArn"]
    return Created(arn, {"arn": arn})


@REGISTRY.creates("aws:sqs/queue:Queue")
def queue(new: Creation) -> Created:
    name, client = new.physical_name(), new.client("sqs")
    new.without_meaning_here("tags")
    attributes = _attributes(
        new,
        messageRetentionSeconds="MessageRetentionPeriod",
        visibilityTimeoutSeconds="VisibilityTimeout",
        redrivePolicy="RedrivePolicy",
        sqsManagedSseEnabled="SqsManagedSseEnabled",
        delaySeconds="DelaySeconds",
    )
    url = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return Created(url, {"name": name, "url": url, "arn": found["Attributes"]["QueueArn"]})


@REGISTRY.creates("aws:sqs/queuePolicy:QueuePolicy")
def queue_policy(new: Creation) -> Created:
    url = new.need("queueUrl")
    new.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": new.need("policy")})
    return Created(url)


@REGISTRY.creates("aws:cloudwatch/eventRule:EventRule")
def event_rule(new: Creation) -> Created:
    name = new.physical_name()
    new.without_meaning_here("tags")
    arn = new.client("events").put_rule(Name=name, **pascal(new.take_rest()))["RuleArn"]
    return Created(name, {"name": name, "arn": arn})


@REGISTRY.creates("aws:cloudwatch/eventTarget:EventTarget")
def event_target(new: Creation) -> Created:
    identity, rule = new.physical_name("targetId"), new.need("rule")
    target: dict[str, Any] = {"Id": identity, **pascal(new.take_rest())}
    answer = new.client("events").put_targets(Rule=rule, Targets=[target])
    if answer["FailedEntryCount"]:
        raise UnavailableError(f"{new.name}: {answer['FailedEntries']}")
    return Created(f"{rule}-{identity}", {"targetId": identity})
