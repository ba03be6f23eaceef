"""The admin site: a private bucket, and CloudFront in front of it with strict headers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra.components.data import kept
from infra.components.domains import Leads, enter
from infra.components.storage import Bucket
from infra.settings import StackSettings
from sightline.http import site as served

# AWS's own policy "CachingOptimized": what browsers may keep is said by each file's Cache-Control.
CACHING = "658327ea-f89d-4fab-a63d-7e88639e58f6"
ORIGIN = "site"
TLS = "TLSv1.2_2021"


@dataclass(frozen=True)
class SiteArgs:
    """`pictures` are the buckets whose pictures the site shows and sends.

    `services` are the origins that its pages ask.
    """

    settings: StackSettings
    prefix: str
    pictures: Sequence[Bucket]
    services: Sequence[str]


class Site(pulumi.ComponentResource):
    """Where the site's files are, and where people find them."""

    def __init__(self, name: str, args: SiteArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("sightline:site:Site", name, None, opts)
        self._args, self._settings = args, args.settings
        self._child = ResourceOptions(parent=self)
        files = replace(kept(args.settings, protect=False), shared=True)
        self.bucket = Bucket(name, files, self._child)
        self.headers = self._headers(name)
        self.distribution = self._distribution(name)
        self.bucket.share(
            {
                "Sid": "LetCloudFrontRead",
                "Effect": "Allow",
                "Principal": {"Service": "cloudfront.amazonaws.com"},
                "Action": "s3:GetObject",
                "Resource": pulumi.Output.concat(self.bucket.arn, "/*"),
                "Condition": {"StringEquals": {"AWS:SourceArn": self.distribution.arn}},
            }
        )
        self._enter(name)
        host = args.settings.site_domain or self.distribution.domain_name
        self.address = pulumi.Output.concat("https://", host)
        self.register_outputs({"address": self.address})

    def _headers(self, name: str) -> aws.cloudfront.ResponseHeadersPolicy:
        region = self._settings.region
        connect = [
            *self._args.services,
            f"https://cognito-idp.{region}.amazonaws.com",
            f"https://cognito-identity.{region}.amazonaws.com",
        ]
        # Datasets may be of pictures in buckets of those who made them.
        theirs = _origins(self._settings.dataset_buckets, region)
        policy = pulumi.Output.all(*(bucket.id for bucket in self._args.pictures)).apply(
            lambda ours: served.content_security_policy(
                connect, _origins(ours, region), only_shown=theirs
            )
        )
        fixed = served.headers()
        return aws.cloudfront.ResponseHeadersPolicy(
            name,
            comment="What browsers may do with the admin site",
            security_headers_config={
                "content_security_policy": {
                    "content_security_policy": policy,
                    "override": True,
                },
                "content_type_options": {"override": True},
                "frame_options": {"frame_option": "DENY", "override": True},
                "referrer_policy": {"referrer_policy": "no-referrer", "override": True},
                "strict_transport_security": {
                    "access_control_max_age_sec": served.HSTS_SECONDS,
                    "override": True,
                },
            },
            custom_headers_config={
                "items": [
                    {"header": header, "value": fixed[header], "override": True}
                    for header in ("Cross-Origin-Opener-Policy", "Permissions-Policy")
                ]
            },
            opts=self._child,
        )

    def _distribution(self, name: str) -> aws.cloudfront.Distribution:
        access = aws.cloudfront.OriginAccessControl(
            name,
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=self._child,
        )
        domain = self._settings.site_domain
        return aws.cloudfront.Distribution(
            name,
            enabled=True,
            comment=f"The admin site of {self._args.prefix}",
            aliases=[domain] if domain else [],
            default_root_object="index.html",
            http_version="http2and3",
            is_ipv6_enabled=True,
            price_class=self._settings.site_price_class,
            origins=[
                {
                    "origin_id": ORIGIN,
                    "domain_name": self.bucket.bucket.bucket_regional_domain_name,
                    "origin_access_control_id": access.id,
                }
            ],
            default_cache_behavior={
                "target_origin_id": ORIGIN,
                "allowed_methods": ["GET", "HEAD"],
                "cached_methods": ["GET", "HEAD"],
                "viewer_protocol_policy": "redirect-to-https",
                "cache_policy_id": CACHING,
                "response_headers_policy_id": self.headers.id,
                "compress": True,
            },
            restrictions={"geo_restriction": {"restriction_type": "none"}},
            viewer_certificate=self._certificate(),
            opts=self._child,
        )

    def _enter(self, name: str) -> None:
        domain, zone = self._settings.site_domain, self._settings.hosted_zone_id
        if domain:
            leads = Leads(self.distribution.domain_name, self.distribution.hosted_zone_id)
            enter(name, domain, zone, leads, ["A", "AAAA"], self._child)

    def _certificate(self) -> aws.cloudfront.DistributionViewerCertificateArgsDict:
        if not self._settings.site_domain:
            return {"cloudfront_default_certificate": True}
        return {
            "acm_certificate_arn": self._settings.site_certificate_arn,
            "minimum_protocol_version": TLS,
            "ssl_support_method": "sni-only",
        }


def _origins(buckets: Sequence[str], region: str) -> list[str]:
    return [origin for bucket in buckets for origin in served.picture_origins(bucket, region)]
