"""SageMaker endpoints: a model, an endpoint configuration and an endpoint, all of one name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sightline.adapters.aws.errors import code, translated
from sightline.adapters.endpoint_hosting import EndpointState, EndpointStatus
from sightline.domain.errors import InvalidError
from sightline.domain.lookout.hosts import EndpointHost

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

VARIANT = "only"
_STATUSES = {
    "InService": EndpointStatus.IN_SERVICE,
    "Failed": EndpointStatus.FAILED,
    "OutOfService": EndpointStatus.FAILED,
    "UpdateRollbackFailed": EndpointStatus.FAILED,
}
# SageMaker has one code for what is not there, what is there already, and what is wrong.
_VALIDATION = "ValidationException"
_ABSENT = ("could not find", "does not exist")
_REFUSED = {_VALIDATION, "ResourceLimitExceeded"}


class SageMakerEndpoints:
    """`Endpoints` that run as a role of SageMaker's."""

    def __init__(self, role_arn: str, client: SageMakerClient) -> None:
        self._role_arn = role_arn
        self._client = client

    def state(self, host: EndpointHost) -> EndpointState | None:
        with translated(f"Describing endpoint {host.endpoint}"):
            try:
                found = self._client.describe_endpoint(EndpointName=host.endpoint)
            except ClientError as error:
                if _is_absent(error):
                    return None
                raise
        variants = found.get("ProductionVariants", [])
        return EndpointState(
            status=_STATUSES.get(found["EndpointStatus"], EndpointStatus.MOVING),
            instances=sum(variant.get("DesiredInstanceCount", 0) for variant in variants),
            reason=found.get("FailureReason", ""),
        )

    def create(self, host: EndpointHost, instances: int) -> None:
        self.clean(host)
        name = host.endpoint
        # SageMaker knows more types of instances than its client's types do.
        variant: Any = {
            "VariantName": VARIANT,
            "ModelName": name,
            "InstanceType": host.instance,
            "InitialInstanceCount": instances,
        }
        with translated(f"Creating endpoint {name}"):
            try:
                self._client.create_model(
                    ModelName=name,
                    ExecutionRoleArn=self._role_arn,
                    PrimaryContainer={"ModelPackageName": host.package},
                    EnableNetworkIsolation=True,  # what AWS's Marketplace demands
                )
                self._client.create_endpoint_config(
                    EndpointConfigName=name, ProductionVariants=[variant]
                )
                self._client.create_endpoint(EndpointName=name, EndpointConfigName=name)
            except ClientError as error:
                if code(error) not in _REFUSED:
                    raise
                raise InvalidError(
                    f"Endpoint {name} cannot be had: {error.response['Error'].get('Message')}"
                ) from error

    def delete(self, host: EndpointHost) -> None:
        self._delete(self._client.delete_endpoint, EndpointName=host.endpoint)

    def clean(self, host: EndpointHost) -> None:
        config = self._client.delete_endpoint_config
        self._delete(config, EndpointConfigName=host.endpoint)
        self._delete(self._client.delete_model, ModelName=host.endpoint)

    def _delete(self, call: Callable[..., Any], **named: str) -> None:
        with translated(f"Deleting {', '.join(named.values())}"):
            try:
                call(**named)
            except ClientError as error:
                if not _is_absent(error):
                    raise


def _is_absent(error: ClientError) -> bool:
    message = error.response.get("Error", {}).get("Message", "").lower()
    return code(error) == _VALIDATION and any(words in message for words in _ABSENT)
