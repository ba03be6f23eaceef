"""DynamoDB tables: on demand, encrypted, recoverable to any second of the last 35 days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from infra import iam


@dataclass(frozen=True)
class TableArgs:
    """Keys and indexes; all keys are strings. An index is `(hash key, range key)` by name."""

    hash_key: str
    protect: bool
    range_key: str | None = None
    indexes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    expires: str | None = None
    streamed: bool = False

    def attributes(self) -> list[str]:
        """Every attribute that is part of a key."""
        keys = [self.hash_key, self.range_key, *(k for pair in self.indexes.values() for k in pair)]
        return sorted({key for key in keys if key})


class Table(pulumi.ComponentResource):
    """One table."""

    def __init__(
        self, name: str, args: TableArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:tables:Table", name, None, opts)
        self.table = aws.dynamodb.Table(
            name,
            billing_mode="PAY_PER_REQUEST",
            hash_key=args.hash_key,
            range_key=args.range_key,
            attributes=[{"name": key, "type": "S"} for key in args.attributes()],
            global_secondary_indexes=[_index(index, *keys) for index, keys in args.indexes.items()],
            stream_enabled=args.streamed or None,
            stream_view_type="NEW_AND_OLD_IMAGES" if args.streamed else None,
            ttl={"enabled": True, "attribute_name": args.expires} if args.expires else None,
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True},
            deletion_protection_enabled=args.protect,
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.protect, retain_on_delete=args.protect
            ),
        )
        self.name: pulumi.Output[str] = self.table.name
        self.arn: pulumi.Output[str] = self.table.arn
        self.stream_arn: pulumi.Output[str] = self.table.stream_arn
        self.register_outputs({"name": self.name})

    def allow(self, *actions: str) -> iam.Statement:
        """Grant item actions (`GetItem`) on the table itself, not on its indexes."""
        return iam.allow([f"dynamodb:{action}" for action in actions], [self.arn])

    def allow_query(self, *indexes: str) -> iam.Statement:
        """Grant `Query` on indexes, not on the table itself."""
        found = [pulumi.Output.concat(self.arn, "/index/", index) for index in indexes]
        return iam.allow(["dynamodb:Query"], found)


def _index(
    name: str, hash_key: str, range_key: str
) -> aws.dynamodb.TableGlobalSecondaryIndexArgsDict:
    return {
        "name": name,
        "projection_type": "ALL",
        "key_schemas": [
            {"attribute_name": hash_key, "key_type": "HASH"},
            {"attribute_name": range_key, "key_type": "RANGE"},
        ],
    }
