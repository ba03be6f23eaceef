"""Look up: a camera sees its own pictures and no others."""

from __future__ import annotations

import unicodedata

import pytest

from sightline.adapters.memory import MemoryInspectionTable
from sightline.domain.errors import InvalidError, NotFoundError
from sightline.workflow.look_up import look_up
from tests.examples import REF, camera, recorded, reservation

CAMERA, _ = camera()


def test_before_the_verdict_it_is_the_reservation() -> None:
    table = MemoryInspectionTable()
    table.reserve(reservation())
    assert look_up(REF.image_id, CAMERA, table) == reservation()


def test_afterwards_it_is_the_record() -> None:
    table = MemoryInspectionTable()
    table.reserve(reservation())
    table.record(recorded())
    assert look_up(REF.image_id, CAMERA, table) == recorded()


def test_the_id_is_found_however_its_letters_are_composed() -> None:
    table = MemoryInspectionTable()
    table.reserve(reservation())
    assert look_up(unicodedata.normalize("NFD", REF.image_id), CAMERA, table)


def test_another_cameras_image_and_an_unknown_one_are_refused_alike() -> None:
    table = MemoryInspectionTable()
    table.reserve(reservation())
    other, _ = camera(camera_id="press-1-low")
    with pytest.raises(NotFoundError) as of_another:
        look_up(REF.image_id, other, table)
    with pytest.raises(NotFoundError) as unknown:
        look_up(REF.image_id, other, MemoryInspectionTable())
    assert str(of_another.value) == str(unknown.value)


@pytest.mark.parametrize("image_id", ["", "..", "a/b", "a#b", "a\x00b", "press-1-low#x"])
def test_an_id_that_no_image_can_have_is_refused(image_id: str) -> None:
    with pytest.raises(InvalidError):
        look_up(image_id, CAMERA, MemoryInspectionTable())
