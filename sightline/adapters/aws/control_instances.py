"""Instances of a function that are kept ready: Lambda's provisioned concurrency."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from sightline.adapters.aws.errors import code, translated
from sightline.domain.errors import InvalidError, UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

POLL_SECONDS = 5.0
POLLS = 120
_ABSENT = "ProvisionedConcurrencyConfigNotFoundException"


class LambdaInstances:
    """`Instances` of an alias of a function."""

    def __init__(
        self,
        function: str,
        alias: str,
        client: LambdaClient,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._function = function
        self._alias = alias
        self._client = client
        self._sleep = sleep

    def keep(self, count: int) -> None:
        if self._kept() == count:
            self._wait(count)
            return
        with translated(f"Keeping {count} instances of {self._function}"):
            if count == 0:
                self._client.delete_provisioned_concurrency_config(
                    FunctionName=self._function, Qualifier=self._alias
                )
                return
            self._client.put_provisioned_concurrency_config(
                FunctionName=self._function,
                Qualifier=self._alias,
                ProvisionedConcurrentExecutions=count,
            )
        self._wait(count)

    def _kept(self) -> int:
        return self._state()[0]

    def _wait(self, count: int) -> None:
        if count == 0:
            return
        for _ in range(POLLS):
            _, status, reason = self._state()
            if status == "READY":
                return
            if status == "FAILED":
                raise InvalidError(f"{count} instances cannot be had: {reason}")
            self._sleep(POLL_SECONDS)
        raise UnavailableError(f"{count} instances of {self._function} are not ready yet.")

    def _state(self) -> tuple[int, str, str]:
        with translated(f"Reading the instances of {self._function}"):
            try:
                found = self._client.get_provisioned_concurrency_config(
                    FunctionName=self._function, Qualifier=self._alias
                )
            except self._client.exceptions.ClientError as error:
                if code(error) == _ABSENT:
                    return 0, "", ""
                raise
        return (
            found.get("RequestedProvisionedConcurrentExecutions", 0),
            found.get("Status", ""),
            found.get("StatusReason", ""),
        )
