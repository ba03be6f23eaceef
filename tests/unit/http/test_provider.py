"""Provider: dependencies are built when they are first needed, and once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sightline.domain.errors import InvalidError
from sightline.http.provider import Provider


def test_nothing_is_built_before_it_is_asked_for_and_then_once_for_all_threads() -> None:
    built: list[object] = []

    def build() -> object:
        time.sleep(0.01)
        built.append(object())
        return built[-1]

    provider = Provider(build)
    assert not built
    with ThreadPoolExecutor(8) as pool:
        got = set(pool.map(lambda _: provider(), range(8)))
    assert got == set(built)
    assert len(built) == 1


def test_another_builder_replaces_what_was_built() -> None:
    provider = Provider(lambda: "one")
    assert provider() == "one"
    provider.use(lambda: "two")
    assert provider() == "two"


def test_wrong_settings_do_not_look_like_a_wrong_request() -> None:
    def build() -> str:
        raise InvalidError("IMAGES_BUCKET is missing or blank")

    with pytest.raises(RuntimeError) as raised:
        Provider(build)()
    assert isinstance(raised.value.__cause__, InvalidError)
