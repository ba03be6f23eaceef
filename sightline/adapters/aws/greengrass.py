"""Greengrass components."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from sightline.adapters.aws.errors import code, translated
from sightline.domain.lookout.arns import Owner

_THERE = "ConflictException"


class GreengrassComponents:
    """`Components` over Greengrass v2."""

    def __init__(self, client: Any, owner: Owner) -> None:
        self._client = client
        self._owner = owner

    def create(self, name: str, version: str, recipe: str) -> str:
        with translated(f"Creating component {name} {version}"):
            try:
                answer = self._client.create_component_version(inlineRecipe=recipe.encode())
            except ClientError as error:
                if code(error) != _THERE:
                    raise
                return self._arn(name, version)
        arn: str = answer["arn"]
        return arn

    def _arn(self, name: str, version: str) -> str:
        owner = self._owner
        where = f"arn:{owner.partition}:greengrass:{owner.region}:{owner.account}"
        return f"{where}:components:{name}:versions:{version}"
