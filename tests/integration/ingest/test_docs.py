"""The documents say what the service does."""

from __future__ import annotations

import pytest

from sightline.http.errors import CODES, INTERNAL
from sightline.http.ingest import ImageState, ImageToUpload, LegacyQuery, SignedPut
from sightline.settings.pipeline import IngestSettings
from tests.api import ROOT
from tests.integration.ingest.world import service

GUIDE = (ROOT / "docs/api-ingest.md").read_text(encoding="utf-8")
README = (ROOT / "services/ingest/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", service.app.routes)
def test_every_route_is_described(path: str) -> None:
    for method in service.app.routes[path]:
        assert f"`{method} {path}`" in GUIDE
        assert f"| `{method} {path}` |" in README


@pytest.mark.parametrize("variable", IngestSettings.variables())
def test_every_variable_is_described(variable: str) -> None:
    assert f"| `{variable}` |" in README


@pytest.mark.parametrize(("status", "code"), [*CODES.items(), (INTERNAL.status, INTERNAL.code)])
def test_every_refusal_is_described(status: int, code: str) -> None:
    assert f"| {status} | `{code}` |" in GUIDE


@pytest.mark.parametrize("model", [ImageToUpload, SignedPut, ImageState])
def test_every_member_is_described(model: type[ImageToUpload]) -> None:
    for member in model.model_json_schema(by_alias=True)["properties"]:
        assert f'"{member}"' in GUIDE or f"`{member}`" in GUIDE, member


def test_every_parameter_of_the_sample_is_described() -> None:
    for parameter in LegacyQuery.model_fields:
        assert f"{parameter}=" in GUIDE
