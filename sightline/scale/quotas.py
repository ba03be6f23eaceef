"""The quota file: what AWS lets a new account do, with the pages that say so."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sightline.domain.errors import InvalidError, NotFoundError

FILE = Path(__file__).with_name("quotas.toml")


@dataclass(frozen=True)
class Quota:
    """`setting` is what raises it, where something does; `burst` is a token bucket's size."""

    service: str
    what: str
    value: float
    adjustable: bool
    setting: str
    page: str
    burst: float = 0.0


@dataclass(frozen=True)
class Quotas:
    """The default quotas of a region."""

    region: str
    entered: str
    quota: Mapping[str, Quota]

    @classmethod
    def read(cls, path: Path = FILE) -> Self:
        """Read a quota file; `InvalidError` says what is wrong with it."""
        if not path.is_file():
            raise NotFoundError(f"There is no quota file {path}.")
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            quotas = {name: Quota(**entry) for name, entry in content["quota"].items()}
            return cls(content["region"], content["entered"], quotas)
        except (tomllib.TOMLDecodeError, TypeError) as error:
            raise InvalidError(f"{path} is no quota file: {error}.") from error
        except KeyError as error:
            raise InvalidError(f"{path} is no quota file: {error} is missing.") from error
