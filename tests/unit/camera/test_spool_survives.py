"""No picture lost and none sent twice, whatever is cut off between any two steps."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from sightline.camera.picture import Picture
from sightline.camera.retry import TryAgainError
from sightline.camera.sender import Sender
from sightline.camera.spool import REJECTED, Spool, SpoolFullError
from sightline.domain.errors import InvalidError, UnauthorizedError

START = datetime(2026, 1, 31, 8, tzinfo=UTC)


class Server:
    """Keeps what arrives; an id that has arrived before is answered as such (412)."""

    def __init__(self) -> None:
        self.arrived: dict[str, bytes] = {}
        self.order: list[str] = []
        self.bad: set[str] = set()
        self.mood = "well"
        self.power: Any = None

    def send(self, picture: Picture) -> None:
        if self.mood == "down":
            raise TryAgainError("no network", reached=False)
        if self.mood == "busy":
            raise TryAgainError("503")
        if self.mood == "token":
            raise UnauthorizedError("revoked")
        if picture.image_id in self.bad:
            raise InvalidError("refused")
        if picture.image_id not in self.arrived:
            self.order.append(picture.image_id)
        self.arrived.setdefault(picture.image_id, picture.data)
        if self.mood == "deaf":
            raise TryAgainError("the answer was lost", reached=False)


def a_picture(number: int) -> Picture:
    data = b"\xff\xd8\xff" + bytes([number]) * (number + 1)
    return Picture(f"part {number}/ü".replace("/", "-"), data, "image/jpeg", at(number))


def at(number: int) -> datetime:
    return START + timedelta(seconds=number)


class SpoolMachine(RuleBasedStateMachine):
    disk_class: Any
    power_cut: type[BaseException]

    @initialize(seed=st.integers(0, 2**16))
    def start(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311
        self.disk, self.server = self.disk_class(), Server()
        self.promised: set[int] = set()
        self.offered: set[int] = set()
        self.boot()

    def boot(self) -> None:
        self.spool = Spool(self.disk, max_bytes=10**6)
        self.sender = Sender(self.spool, self.server.send)

    def guarded(self, deed: Any) -> None:
        try:
            deed()
        except self.power_cut:
            self.disk.reboot(self.chance)
            self.boot()

    @rule(number=st.integers(0, 9), steps=st.none() | st.integers(0, 12))
    def keep(self, number: int, steps: int | None) -> None:
        def deed() -> None:
            self.disk.steps = steps
            self.offered.add(number)
            self.spool.add(a_picture(number))
            self.promised.add(number)
            self.disk.steps = None

        self.guarded(deed)

    @rule(steps=st.none() | st.integers(0, 30))
    def flush(self, steps: int | None) -> None:
        def deed() -> None:
            self.disk.steps = steps
            self.sender.flush()
            self.disk.steps = None

        self.guarded(deed)

    @rule(steps=st.integers(0, 3))
    def die_while_starting(self, steps: int) -> None:
        self.disk.reboot(self.chance)
        self.disk.steps = steps
        self.guarded(self.boot)
        self.disk.steps = None

    @rule(mood=st.sampled_from(["well", "down", "busy", "deaf", "token"]))
    def change(self, mood: str) -> None:
        self.server.mood = mood

    @rule(number=st.integers(0, 9))
    def take_a_dislike(self, number: int) -> None:
        self.server.bad.add(a_picture(number).image_id)

    @invariant()
    def nothing_is_lost(self) -> None:
        waiting = {self.spool.read(name).image_id for name in self.spool.names()}
        rejected = b"".join(d for n, d in self.disk.now.items() if n.startswith(REJECTED))
        for number in self.promised:
            picture = a_picture(number)
            assert (
                picture.image_id in waiting
                or self.server.arrived.get(picture.image_id) == picture.data
                or (picture.image_id in self.server.bad and picture.data in rejected)
            )

    @invariant()
    def nothing_strange_arrives(self) -> None:
        for number in range(10):
            picture = a_picture(number)
            assert self.server.arrived.get(picture.image_id, picture.data) == picture.data
        assert len(self.server.order) == len(set(self.server.order))

    def teardown(self) -> None:
        self.server.mood = "well"
        self.sender.flush()
        self.sender.flush()
        assert not self.spool.names()
        assert not self.spool.usage().pending_bytes


def test_any_history_of_cuts_loses_and_doubles_nothing(fragile_disk: Any, power_cut: Any) -> None:
    run_state_machine_as_test(
        type("Bound", (SpoolMachine,), {"disk_class": fragile_disk, "power_cut": power_cut}),
        settings=settings(
            max_examples=150,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("lucky", [0, 1, 2])
def test_a_cut_at_each_single_step_of_a_pictures_way(
    fragile_disk: Any, power_cut: Any, lucky: int
) -> None:
    for steps in range(60):
        disk, server = fragile_disk(), Server()
        server.bad = {a_picture(2).image_id}
        promised = live_until(disk, server, steps, power_cut)
        disk.reboot(random.Random(lucky))  # noqa: S311
        spool = Spool(disk, max_bytes=10**6)
        Sender(spool, server.send).flush()
        for number in promised - {2}:
            assert a_picture(number).image_id in server.arrived
        if 2 in promised:
            assert any(a_picture(2).data == data for data in disk.now.values())
        assert spool.usage().pending_bytes == 0


def live_until(disk: Any, server: Server, steps: int, power_cut: type[BaseException]) -> set[int]:
    spool = Spool(disk, max_bytes=10**6)
    promised: set[int] = set()
    disk.steps = steps
    try:
        for number in (1, 2, 3):
            spool.add(a_picture(number))
            promised.add(number)
        Sender(spool, server.send).flush()
    except power_cut:
        return promised
    disk.steps = None
    return promised


def test_a_full_disk_refuses_and_leaves_no_trace(fragile_disk: Any) -> None:
    disk = fragile_disk()
    spool = Spool(disk, max_bytes=10**6)
    spool.add(a_picture(1))
    before = dict(disk.now)
    for room in range(sum(map(len, before.values())), 400, 20):
        disk.room = room
        try:
            spool.add(a_picture(9))
        except SpoolFullError:
            assert {n: d for n, d in disk.now.items() if not n.endswith(".part")} == before
        else:
            spool.remove(spool.names()[-1])
