"""Instances of a function: kept ready by provisioned concurrency, bounded by reserved concurrency.

Between the two Lambda adds and removes instances by itself. What is reserved counts for the whole
function; of ours, nobody but the alias is called.
"""

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
_TOO_MANY = "InvalidParameterValueException"  # the account has no more to reserve


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

    def keep(self, count: int, at_most: int | None = None) -> None:
        ceiling = self._ceiling()
        lifted = ceiling is not None and (at_most is None or at_most > ceiling)
        if lifted:  # no more can be kept than are reserved
            self._reserve(at_most)
        self._provision(count)
        if not lifted and at_most != ceiling:
            self._reserve(at_most)

    def _provision(self, count: int) -> None:
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

    def _ceiling(self) -> int | None:
        with translated(f"Reading the ceiling of {self._function}"):
            found = self._client.get_function_concurrency(FunctionName=self._function)
        return found.get("ReservedConcurrentExecutions")

    def _reserve(self, count: int | None) -> None:
        with translated(f"Reserving {count} instances of {self._function}"):
            if count is None:
                self._client.delete_function_concurrency(FunctionName=self._function)
                return
            try:
                self._client.put_function_concurrency(
                    FunctionName=self._function, ReservedConcurrentExecutions=count
                )
            except self._client.exceptions.ClientError as error:
                if code(error) != _TOO_MANY:
                    raise
                reason = error.response["Error"].get("Message", "")
                raise InvalidError(f"{count} instances cannot be reserved: {reason}") from error

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
