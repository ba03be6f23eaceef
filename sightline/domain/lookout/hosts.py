"""Where a model runs: in our functions, or at a SageMaker endpoint of its own."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from sightline.domain.lookout.errors import ValidationError, shown

NAME_MAX = 63  # characters of an endpoint's name, which has letters, digits and single hyphens
_PACKAGE = re.compile(
    r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:(\d{12}|aws-marketplace):model-package/[\w./-]+", re.ASCII
)
_INSTANCE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9-]+")
_OTHER = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True)
class EndpointHost:
    """A SageMaker endpoint that serves one version.

    It runs the model package `package` on instances of type `instance`.
    """

    package: str
    instance: str
    endpoint: str

    @classmethod
    def of(
        cls, project: str, version: str, *, package: str, instance: str, prefix: str
    ) -> EndpointHost:
        """The host of a version; `ValidationError` for what cannot be a package or an instance.

        Another package or instance type gives the endpoint another name.
        """
        if not _PACKAGE.fullmatch(package):
            raise ValidationError(
                f"ModelPackageArn {shown(package)} is not the ARN of a SageMaker model package."
            )
        if not _INSTANCE.fullmatch(instance):
            raise ValidationError(f"InstanceType {shown(instance)} is not one like ml.c5.2xlarge.")
        whole = "\n".join((project, version, package, instance))
        digest = hashlib.sha256(whole.encode()).hexdigest()[:10]
        room = NAME_MAX - len(prefix) - len(digest) - 2
        readable = _OTHER.sub("-", f"{project}-{version}")[:room].strip("-")
        return cls(package, instance, f"{prefix}-{readable}-{digest}")
