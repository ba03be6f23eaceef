"""What functions print goes to CloudWatch Logs, if their roles may write there.

A function whose role may not is not stopped by that on AWS either: nothing of it can be read.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from moto.core.utils import unix_time_millis
from moto.logs.models import LogsBackend, logs_backends

from sightline.local.functions.contract import FunctionSpec, InvokeResult
from sightline.local.iam.credentials import ACCOUNT_ID, REGION
from sightline.local.iam.permissions import NotAllowedError, check

logger = logging.getLogger(__name__)


def keep_logs(spec: FunctionSpec, result: InvokeResult) -> None:
    """Write an invocation's lines to the function's group, one stream per worker as on Lambda."""
    logs, group = logs_backends[ACCOUNT_ID][REGION], spec.function_log_group
    day = datetime.now(UTC).strftime("%Y/%m/%d")
    stream = f"{day}/[{spec.version}]{result.worker or 'none'}"
    at = unix_time_millis()
    lines = [
        f"START RequestId: {result.request_id} Version: {spec.version}",
        *result.logs.splitlines(),
        f"END RequestId: {result.request_id}",
    ]
    try:
        _make_place(logs, spec.role_arn, group, stream)
        _check(spec.role_arn, "logs:PutLogEvents", f"{group}:log-stream:{stream}")
    except NotAllowedError as error:
        logger.warning("the log of %s is lost: %s", spec.name, error)
        return
    logs.put_log_events(group, stream, [{"timestamp": at, "message": line} for line in lines])


def keep_service_logs(spec: FunctionSpec, result: InvokeResult) -> None:
    """The same for a service, whose template has a group for each of its functions."""
    logs_backends[ACCOUNT_ID][REGION].ensure_log_group(spec.function_log_group)
    keep_logs(spec, result)


def _make_place(logs: LogsBackend, role: str, group: str, stream: str) -> None:
    if group not in logs.groups:
        _check(role, "logs:CreateLogGroup", group)
        logs.ensure_log_group(group)
    if stream not in logs.groups[group].streams:
        _check(role, "logs:CreateLogStream", f"{group}:log-stream:{stream}")
        logs.create_log_stream(group, stream)


def _check(role: str, action: str, place: str) -> None:
    """`NotAllowedError` unless the role may do this there; functions without one may."""
    if role:
        check(ACCOUNT_ID, role, action, f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{place}")
