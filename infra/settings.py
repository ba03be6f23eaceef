"""The settings of one environment, read once from the stack's configuration and checked.

A field `log_retention_days` is the configuration key `logRetentionDays`; `Pulumi.yaml` declares the
same keys with the same defaults.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields
from typing import Any, Self

import pulumi

from infra import rules
from infra.rules import setting
from sightline.domain.errors import InvalidError

# The periods that CloudWatch Logs accepts, in days.
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096),
    *(1827, 2192, 2557, 2922, 3288, 3653),
)
# Where in the world CloudFront answers, the cheapest first.
PRICE_CLASSES = ("PriceClass_100", "PriceClass_200", "PriceClass_All")
# Standard-IA bills every object for at least this long.
INFREQUENT_ACCESS_MIN_DAYS = 30
# Firehose gathers for at least this long where it sorts rows into folders.
BUFFER_MIN_SECONDS = 60
# Athena takes limits from 10 MB on, Pulumi's provider from 10 MiB.
SCAN_MIN_MB = 11
# What is named in roles' policies: IAM takes 10,240 characters for a role.
NAMED_MAX = 15
# QuickSight shares a dashboard with at most 64 users and groups: half of them owners.
SHARED_MAX = 32


@dataclass(frozen=True)
class Subscription:
    """A subscriber to alerts; empty `severities` or `lines` mean all of them."""

    protocol: str
    endpoint: str
    severities: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class StackSettings:
    """One environment. `InvalidError` names every key that is missing, unknown or wrong."""

    environment: str = setting(rules.environment)
    site_url: str = setting(rules.url)
    region: str = setting(rules.region, "eu-west-1")

    alert_emails: tuple[str, ...] = setting(rules.each(rules.email), ())
    subscriptions: tuple[Subscription, ...] = setting(rules.each(rules.subscription), ())
    alerts_per_minute: int = setting(rules.between(1, 1000), 5)
    uncertain_below: float = setting(rules.between(0, 1), 0.7)

    cors_origins: tuple[str, ...] = setting(rules.each(rules.origin), ())
    site_hosting: bool = setting(rules.anything, True)
    site_domain: str = setting(rules.domain, "")
    site_certificate_arn: str = setting(rules.certificate, "")
    site_price_class: str = setting(rules.one_of(PRICE_CLASSES), "PriceClass_100")
    hosted_zone_id: str = setting(rules.hosted_zone, "")
    ingest_domain: str = setting(rules.domain, "")
    control_domain: str = setting(rules.domain, "")
    analytics_domain: str = setting(rules.domain, "")
    api_certificate_arn: str = setting(rules.regional_certificate, "")
    ingest_requests_per_second: int = setting(rules.between(1, 10_000), 1_000)
    control_requests_per_second: int = setting(rules.between(1, 10_000), 50)
    analytics_requests_per_second: int = setting(rules.between(1, 10_000), 50)
    requests_per_address: int = setting(rules.none_or(10, 2_000_000_000), 0)
    upload_max_bytes: int = setting(rules.between(1024, 100 * 1024**2), 20 * 1024**2)
    upload_url_seconds: int = setting(rules.between(30, 3600), 300)

    protect_data: bool = setting(rules.anything, True)
    image_retention_days: int = setting(rules.between(1, 3650), 365)
    image_transition_days: int = setting(rules.between(0, 3650), 90)
    noncurrent_version_days: int = setting(rules.between(1, 3650), 30)
    log_retention_days: int = setting(rules.one_of(LOG_RETENTION_DAYS), 90)
    workflow_log_level: str = setting(rules.one_of(("FATAL", "ERROR", "ALL")), "ERROR")

    detect_memory_mb: int = setting(rules.between(512, 10240), 2048)
    detect_concurrency: int = setting(rules.between(0, 10000), 0)

    time_zone: str = setting(rules.time_zone, "UTC")
    shifts: tuple[str, ...] = setting(rules.shifts, ("early=06:00", "late=14:00", "night=22:00"))
    stream_window_seconds: int = setting(rules.between(1, 300), 5)
    lake_buffer_seconds: int = setting(rules.between(BUFFER_MIN_SECONDS, 900), 300)
    lake_buffer_mb: int = setting(rules.between(64, 128), 64)
    lake_retention_days: int = setting(rules.between(1, 3650), 1095)
    lake_transition_days: int = setting(rules.between(0, 3650), 90)
    query_scan_limit_mb: int = setting(rules.between(SCAN_MIN_MB, 10_000_000), 10_000)
    query_result_days: int = setting(rules.between(1, 365), 7)
    query_seconds: int = setting(rules.between(5, 1800), 60)

    quicksight_owners: tuple[str, ...] = setting(
        rules.each(rules.quicksight_principal, most=SHARED_MAX), ()
    )
    quicksight_viewers: tuple[str, ...] = setting(
        rules.each(rules.quicksight_principal, most=SHARED_MAX), ()
    )
    quicksight_days: int = setting(rules.between(1, 3650), 90)

    control: bool = setting(rules.anything, True)
    sagemaker_host: bool = setting(rules.anything, False)
    dataset_buckets: tuple[str, ...] = setting(rules.each(rules.bucket, most=NAMED_MAX), ())
    model_keys: tuple[str, ...] = setting(rules.each(rules.kms_key, most=NAMED_MAX), ())
    training_budget: str = setting(rules.one_of(("fast", "balanced", "thorough")), "balanced")
    training_memory_mb: int = setting(rules.between(1024, 10240), 3008)
    training_storage_mb: int = setting(rules.between(512, 10240), 10240)

    alarm_actions: bool = setting(rules.anything, True)
    alarm_window_minutes: int = setting(rules.between(1, 1440), 15)
    alarm_defects: int = setting(rules.between(0, 1000000), 20)
    alarm_defect_percent: float = setting(rules.between(0, 100), 20.0)
    alarm_min_images: int = setting(rules.between(1, 1000000), 50)
    alarm_defect_band: float = setting(rules.between(0, 10), 3.0)
    alarm_lines: tuple[str, ...] = setting(rules.each(rules.project_line), ())
    alarm_latency_seconds: int = setting(rules.between(0, 86400), 60)
    alarm_stream_lag_seconds: int = setting(rules.between(0, 86400), 300)
    alarm_idle_minutes: int = setting(rules.between(0, 10080), 60)
    daily_digest_hour: int = setting(rules.between(-1, 23), 6)
    silent_after_minutes: int = setting(rules.between(0, 1440), 15)
    alarm_failed_executions: int = setting(rules.between(1, 100000), 1)
    alarm_parked_messages: int = setting(rules.between(1, 100000), 1)
    alarm_function_errors: int = setting(rules.between(1, 100000), 5)
    alarm_function_throttles: int = setting(rules.between(1, 100000), 5)

    def __post_init__(self) -> None:
        problems = [
            f"{camel(field.name)}: {problem}"
            for field in fields(self)
            for problem in field.metadata["rule"](getattr(self, field.name))
        ]
        if not problems:
            problems = list(self._conflicts())
        if problems:
            raise InvalidError("Stack settings: " + "; ".join(problems))

    @classmethod
    def load(cls) -> Self:
        """The settings of the stack that Pulumi is running; the environment is the stack's name."""
        config, values = pulumi.Config(), dict[str, object]()
        for key, field in configurable().items():
            text = config.get(key)
            if text is not None:
                values[key] = text if field.type == "str" else _json(key, text)
        region = pulumi.Config("aws").get("region")
        return cls.from_values(values, environment=pulumi.get_stack(), region=region)

    @classmethod
    def from_values(
        cls, values: Mapping[str, object], *, environment: str, region: str | None = None
    ) -> Self:
        """Settings from configuration keys (`logRetentionDays`) and their plain values."""
        known = configurable()
        problems = [f"{key}: not a setting" for key in sorted(values.keys() - known.keys())]
        given: dict[str, Any] = {"environment": environment}
        if region is not None:
            given["region"] = region
        for key, field in known.items():
            if key in values:
                try:
                    given[field.name] = _PARSERS[str(field.type)](values[key])
                except (TypeError, ValueError) as error:
                    problems.append(f"{key}: {error}")
            elif rules.required(field):
                problems.append(f"{key}: missing")
        if problems:
            raise InvalidError("Stack settings: " + "; ".join(problems))
        return cls(**given)

    @property
    def metrics_namespace(self) -> str:
        """Under which CloudWatch keeps what our functions measure."""
        return f"Sightline/{self.environment}"

    @property
    def site_origin(self) -> str:
        """The origin of the site at a domain of its own; empty where it has none."""
        return f"https://{self.site_domain}" if self.site_domain else ""

    @property
    def browser_origins(self) -> tuple[str, ...]:
        """The web origins from which browsers may send pictures: those named, and the site's."""
        own = (self.site_origin,) if self.site_domain else ()
        return tuple(dict.fromkeys((*self.cors_origins, *own)))

    def _conflicts(self) -> Iterator[str]:
        yield from self._wrong_domains()
        if self.quicksight_viewers and not self.quicksight_owners:
            yield "quicksightOwners: missing; somebody must own what quicksightViewers see"
        for name, days, end in (
            ("imageTransitionDays", self.image_transition_days, self.image_retention_days),
            ("lakeTransitionDays", self.lake_transition_days, self.lake_retention_days),
        ):
            low = INFREQUENT_ACCESS_MIN_DAYS
            if days and not low <= days < end:
                yield f"{name}: {days} must be 0 (never), or from {low} to under {end}"

    def _wrong_domains(self) -> Iterator[str]:
        apis = [d for d in (self.ingest_domain, self.control_domain, self.analytics_domain) if d]
        domains = [*apis, *([self.site_domain] if self.site_domain else [])]
        if bool(self.site_domain) != bool(self.site_certificate_arn):
            yield "siteDomain, siteCertificateArn: the one is not used without the other"
        if self.site_domain and self.site_hosting and self.site_url != self.site_origin:
            yield f"siteUrl: {self.site_url} is not the address of siteDomain, {self.site_origin}"
        if bool(apis) != bool(self.api_certificate_arn):
            yield (
                "apiCertificateArn: needed for, and only for, ingestDomain, controlDomain and "
                "analyticsDomain"
            )
        if self.api_certificate_arn and self.api_certificate_arn.split(":")[3] != self.region:
            yield f"apiCertificateArn: the certificate is not in {self.region}"
        if len(set(domains)) < len(domains):
            yield "ingestDomain, controlDomain, analyticsDomain, siteDomain: one is there twice"
        if self.hosted_zone_id and not domains:
            yield "hostedZoneId: there is no domain to enter there"


def configurable() -> dict[str, Field[Any]]:
    """The settings that an operator writes, by key; region and environment are Pulumi's own."""
    own = {"environment", "region"}
    return {camel(field.name): field for field in fields(StackSettings) if field.name not in own}


def camel(name: str) -> str:
    """`log_retention_days` as `logRetentionDays`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _json(key: str, text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidError(f"Stack settings: {key}: {text!r} is not valid") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{value!r} is not a list")
    return tuple(_text(item) for item in value)


def _subscriptions(value: object) -> tuple[Subscription, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{value!r} is not a list")
    return tuple(_subscription(item) for item in value)


def _subscription(item: object) -> Subscription:
    names = {field.name for field in fields(Subscription)}
    if not isinstance(item, Mapping) or not {"protocol", "endpoint"} <= item.keys() <= names:
        raise TypeError(f"{item!r} must have protocol and endpoint, and may have severities, lines")
    return Subscription(
        protocol=_text(item["protocol"]),
        endpoint=_text(item["endpoint"]),
        severities=_texts(item.get("severities", ())),
        lines=_texts(item.get("lines", ())),
    )


_PARSERS = {
    "str": _text,
    "int": _integer,
    "float": _number,
    "bool": _flag,
    "tuple[str, ...]": _texts,
    "tuple[Subscription, ...]": _subscriptions,
}
