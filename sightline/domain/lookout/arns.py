"""ARNs of projects and models."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from sightline.domain.lookout.errors import ValidationError, shown

_MODEL = re.compile(
    r"arn:aws[a-z-]*:lookoutvision:([a-z0-9-]+):([0-9]{12}):model/([A-Za-z0-9][\w-]*)/([1-9]\d{0,9})",
    re.ASCII,
)


@dataclass(frozen=True)
class Owner:
    """The account and region in which this system runs."""

    region: str
    account: str
    partition: str = "aws"

    def project(self, name: str) -> str:
        """The ARN of a project."""
        return self._arn(f"project/{name}")

    def model(self, project: str, version: str) -> str:
        """The ARN of a model version."""
        return self._arn(f"model/{project}/{version}")

    def _arn(self, resource: str) -> str:
        return f"arn:{self.partition}:lookoutvision:{self.region}:{self.account}:{resource}"

    def parse_model(self, arn: str) -> tuple[str, str]:
        """`(project, version)` of a model's ARN, percent-encoded or not.

        Raises `ValidationError` for anything that is not the ARN of a model.
        """
        found = _MODEL.fullmatch(unquote(arn) if "%" in arn else arn)
        if found is None:
            raise ValidationError(
                f"ResourceArn {shown(arn)} is not the ARN of a model "
                "(arn:aws:lookoutvision:<region>:<account>:model/<project>/<version>)."
            )
        return found[3], found[4]

    def owns(self, arn: str) -> bool:
        """Whether an ARN names this account and region."""
        _, _, _, region, account, *_ = (*(unquote(arn).split(":")), "", "", "", "", "")
        return (region, account) == (self.region, self.account)
