"""Settings are refused with the name of the key that is wrong."""

from __future__ import annotations

import json
from dataclasses import MISSING
from typing import Any

import pulumi
import pytest
import yaml

from infra.settings import StackSettings, Subscription, configurable
from sightline.domain.errors import InvalidError
from tests.infra.conftest import ROOT, settings_of, stack_file
from tests.infra.recorder import Recorder

SITE = {"siteUrl": "https://inspect.example.com"}
TYPES = {"str": "string", "int": "integer", "bool": "boolean", "float": "string"}

REFUSED: list[tuple[str, object]] = [
    ("siteUrl", ""),
    ("siteHosting", "yes"),
    ("siteDomain", "https://inspect.example.com"),
    ("siteCertificateArn", "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"),
    ("sitePriceClass", "cheap"),
    ("siteUrl", "inspect.example.com"),
    ("siteUrl", "https://inspect.example.com/?page=1"),
    ("alertEmails", "quality@example.com"),
    ("alertEmails", ["quality"]),
    ("alertEmails", ["a@example.com", "a@example.com"]),
    ("alertEmails", [None]),
    ("subscriptions", [{"protocol": "sqs"}]),
    ("subscriptions", [{"protocol": "fax", "endpoint": "1"}]),
    ("subscriptions", [{"protocol": "sms", "endpoint": " "}]),
    ("subscriptions", [{"protocol": "sms", "endpoint": "1", "severity": ["high"]}]),
    ("subscriptions", [{"protocol": "sms", "endpoint": "1", "severities": ["grave"]}]),
    ("subscriptions", [{"protocol": "sms", "endpoint": "1", "lines": ["line 1"]}]),
    ("subscriptions", {"protocol": "sms", "endpoint": "1"}),
    (
        "subscriptions",
        [{"protocol": "sms", "endpoint": "1", "lines": [f"line-{n}" for n in range(151)]}],
    ),
    ("alertsPerMinute", 0),
    ("alertsPerMinute", 2.5),
    ("alertsPerMinute", True),
    ("uncertainBelow", 1.5),
    ("uncertainBelow", "often"),
    ("uncertainBelow", "nan"),
    ("corsOrigins", ["*"]),
    ("corsOrigins", ["https://*.example.com"]),
    ("corsOrigins", ["https://inspect.example.com/"]),
    ("hostedZoneId", "example.com"),
    ("hostedZoneId", "Z0123456789ABC"),
    ("ingestDomain", "https://ingest.example.com"),
    ("controlDomain", "control"),
    ("analyticsDomain", "*.example.com"),
    ("apiCertificateArn", "arn:aws:iam::123456789012:server-certificate/api"),
    ("ingestRequestsPerSecond", 0),
    ("controlRequestsPerSecond", 10_001),
    ("analyticsRequestsPerSecond", 0.5),
    ("requestsPerAddress", 9),
    ("uploadMaxBytes", 0),
    ("uploadUrlSeconds", 604800),
    ("protectData", "true"),
    ("imageRetentionDays", 0),
    ("imageTransitionDays", 7),
    ("imageTransitionDays", 365),
    ("noncurrentVersionDays", -1),
    ("logRetentionDays", 8),
    ("workflowLogLevel", "OFF"),
    ("detectMemoryMb", 128),
    ("detectConcurrency", -1),
    ("timeZone", "Berlin"),
    ("shifts", []),
    ("shifts", ["early"]),
    ("shifts", ["early=06:00", "late=06:00"]),
    ("streamWindowSeconds", 0),  # Lambda wants one second where a batch is of more than ten
    ("streamWindowSeconds", 301),
    ("lakeBufferSeconds", 59),
    ("lakeBufferSeconds", 901),
    ("lakeBufferMb", 5),
    ("lakeRetentionDays", 0),
    ("lakeTransitionDays", 7),
    ("lakeTransitionDays", 1095),
    ("queryScanLimitMb", 10),
    ("queryResultDays", 0),
    ("querySeconds", 4),
    ("quicksightOwners", ["quality@example.com"]),
    ("quicksightOwners", ["arn:aws:quicksight:eu-west-1:123456789012:namespace/default"]),
    ("quicksightOwners", ["arn:aws:quicksight:eu-west-1:123456789012:group/default/*"]),
    ("quicksightViewers", ["*"]),
    (
        "quicksightViewers",
        [f"arn:aws:quicksight:eu-west-1:123456789012:user/default/{n}" for n in range(33)],
    ),
    ("quicksightDays", 0),
    ("control", "yes"),
    ("sagemakerHost", "yes"),
    ("datasetBuckets", ["arn:aws:s3:::parts"]),
    ("datasetBuckets", ["*"]),
    ("modelKeys", ["alias/models"]),
    ("datasetBuckets", ["parts", "parts"]),
    ("datasetBuckets", [f"parts-{n}" for n in range(16)]),
    ("modelKeys", [f"arn:aws:kms:eu-west-1:123456789012:key/{n}" for n in range(16)]),
    ("trainingBudget", "endless"),
    ("trainingMemoryMb", 512),
    ("trainingStorageMb", 20480),
    ("alarmActions", 1),
    ("alarmFailedExecutions", 0),
    ("alarmParkedMessages", 0),
    ("alarmFunctionErrors", 0),
    ("alarmFunctionThrottles", 0),
    ("alarmWindowMinutes", 0),
    ("alarmDefects", -1),
    ("alarmDefectPercent", 101),
    ("alarmMinImages", 0),
    ("alarmDefectBand", 11),
    ("alarmLines", ["press-1"]),
    ("alarmLines", ["castings/press-1", "castings/press-1"]),
    ("alarmLatencySeconds", -1),
    ("alarmStreamLagSeconds", -1),
    ("alarmIdleMinutes", -1),
    ("dailyDigestHour", 24),
    ("silentAfterMinutes", 1441),
    ("imageRetentionDay", 10),
]


def from_values(**values: Any) -> StackSettings:
    return StackSettings.from_values({**SITE, **values}, environment="test")


def declared() -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    return {key: value for key, value in config.items() if ":" not in key}


@pytest.mark.parametrize(("key", "value"), REFUSED)
def test_a_bad_value_is_refused_with_its_key(key: str, value: object) -> None:
    with pytest.raises(InvalidError, match=rf"\b{key}: "):
        from_values(**{key: value})


def test_every_key_has_a_value_that_is_refused() -> None:
    assert configurable().keys() <= {key for key, _ in REFUSED}


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidError, match=r"alertsPerMinute: .*; uploadUrlSeconds: "):
        from_values(alertsPerMinute=0, uploadUrlSeconds=1)


def test_what_is_required_is_asked_for() -> None:
    with pytest.raises(InvalidError, match="siteUrl: missing"):
        StackSettings.from_values({}, environment="test")


@pytest.mark.parametrize("name", ["", "Prod", "a-name-that-is-too-long", "1st", "eu_west"])
def test_an_environment_must_fit_into_the_names_of_resources(name: str) -> None:
    with pytest.raises(InvalidError, match="environment: "):
        StackSettings.from_values(SITE, environment=name)


@pytest.mark.parametrize("region", ["Frankfurt", "cn-north-1", "us-gov-west-1"])
def test_a_region_must_be_one_of_the_partition_that_arns_are_written_for(region: str) -> None:
    with pytest.raises(InvalidError, match="region: "):
        StackSettings.from_values(SITE, environment="test", region=region)


def test_subscriptions_are_read_with_their_filters() -> None:
    given = {"protocol": "sqs", "endpoint": "arn:aws:sqs:eu-west-1:1:q", "severities": ["high"]}
    settings = from_values(subscriptions=[given], uncertainBelow="0.85")
    assert settings.subscriptions == (Subscription("sqs", given["endpoint"], ("high",), ()),)
    assert settings.uncertain_below == 0.85


def test_pulumi_declares_exactly_these_settings_with_these_defaults_and_types() -> None:
    fields = configurable()
    assert declared().keys() == fields.keys()
    for key, entry in declared().items():
        field, default = fields[key], entry.get("default")
        assert entry["description"].endswith("."), key
        assert entry["type"] == TYPES.get(str(field.type), "array"), key
        if field.default is MISSING:
            assert "default" not in entry, key
        elif field.type == "float":
            assert float(default) == field.default, key
        else:
            assert (tuple(default) if isinstance(default, list) else default) == field.default, key


def test_the_stacks_differ_where_an_operator_expects_it() -> None:
    dev, prod = settings_of("dev"), settings_of("prod")
    assert (dev.protect_data, prod.protect_data) == (False, True)
    assert (dev.alarm_actions, prod.alarm_actions) == (False, True)
    assert dev.image_retention_days < prod.image_retention_days
    assert dev.log_retention_days < prod.log_retention_days
    assert prod.alert_emails


def configure(config: dict[str, str]) -> None:
    pulumi.runtime.set_mocks(Recorder(), project="sightline", stack="dev")
    pulumi.runtime.set_all_config(config)


def test_pulumi_configuration_is_read() -> None:
    config = stack_file("dev")
    configure({k: v if isinstance(v, str) else json.dumps(v) for k, v in config.items()})
    assert StackSettings.load() == settings_of("dev")


def test_unreadable_configuration_is_refused_with_its_key() -> None:
    configure({"sightline:siteUrl": "http://x", "sightline:corsOrigins": "[a"})
    with pytest.raises(InvalidError, match="corsOrigins: "):
        StackSettings.load()
