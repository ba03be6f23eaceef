"""What it takes to host models at SageMaker endpoints, where the setting switches these on."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam
from infra.components.function import Function
from infra.settings import StackSettings
from sightline.settings.control import OFF

HOSTING = {
    "endpoint": ("Create", "Delete", "Describe"),
    "endpoint-config": ("Create", "Delete"),
    "model": ("Create", "Delete"),
}
_ACTIONS = {"endpoint": "Endpoint", "endpoint-config": "EndpointConfig", "model": "Model"}


class Endpoints(pulumi.ComponentResource):
    """The role that endpoints run as, and the grants of those who make and ask them.

    Models and endpoints are made while the system runs; all their names begin with `prefix`.
    """

    def __init__(
        self,
        settings: StackSettings,
        prefix: str,
        account: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sightline:control:Endpoints", "endpoints", None, opts)
        self._child = ResourceOptions(parent=self)
        self._head = pulumi.Output.concat(f"arn:aws:sagemaker:{settings.region}:", account, ":")
        self._names = f"{prefix}-*"
        self.prefix = prefix if settings.sagemaker_host else OFF
        # The Marketplace's model runs without a network and reads nothing of ours.
        self.role = (
            aws.iam.Role(
                "endpoints",
                assume_role_policy=iam.trust("sagemaker.amazonaws.com"),
                opts=self._child,
            )
            if settings.sagemaker_host
            else None
        )
        self.role_arn: pulumi.Input[str] = self.role.arn if self.role else OFF
        self.register_outputs({})

    def allow_hosting(self) -> list[iam.Statement]:
        """Make and delete endpoints and what belongs to them."""
        if self.role is None:
            return []
        made = [
            iam.allow([f"sagemaker:{verb}{_ACTIONS[kind]}" for verb in verbs], [self._arn(kind)])
            for kind, verbs in HOSTING.items()
        ]
        # SageMaker asks for it on what an endpoint is made of, too.
        made.append(iam.allow(["sagemaker:CreateEndpoint"], [self._arn("endpoint-config")]))
        to_sagemaker = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        passing = {**iam.allow(["iam:PassRole"], [self.role.arn]), "Condition": to_sagemaker}
        return [*made, passing]

    def allow_invoke(self) -> list[iam.Statement]:
        """Ask endpoints."""
        if self.role is None:
            return []
        return [iam.allow(["sagemaker:InvokeEndpoint"], [self._arn("endpoint")])]

    def admit(self, function: Function) -> None:
        """Let a function of another component ask endpoints."""
        if self.role is not None:
            self.admission = aws.iam.RolePolicy(
                "endpoints",
                role=function.role.id,
                policy=iam.policy(*self.allow_invoke()),
                opts=self._child,
            )

    def _arn(self, kind: str) -> pulumi.Output[str]:
        return pulumi.Output.concat(self._head, f"{kind}/{self._names}")
