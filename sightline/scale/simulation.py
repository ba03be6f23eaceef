"""Cameras that come back after an outage, played tick by tick: what waits where, and for how long.

Pictures are numbers here, not objects: a tick moves as many of them as token buckets and free
instances let by. Nothing is drawn from the real world but the parameters; the jitter of retries is
drawn from a seeded generator, so that a run can be repeated.

A camera keeps what it cannot send. EventBridge keeps what Step Functions does not start. A step
whose function has no free instance is tried again with growing pauses; after that its input is
parked. Where calls want more instances than the account has, each has the same chance.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sightline.cost.model import Bench
from sightline.domain.errors import InvalidError
from sightline.scale.quotas import Quotas

TICK = 0.1  # seconds
# The state machine's own: see services/workflow/inspection.asl.json.
RETRIES: Mapping[str, tuple[float, ...]] = {
    "detect": (1, 2, 4),
    "record": (1, 2, 4),
    "notify": (2, 4, 8, 16),
}
STEPS = ("detect", "record", "notify")


@dataclass(frozen=True)
class Step:
    """A function: seconds of a warm call, and how much longer an instance's first call takes."""

    seconds: float
    cold_seconds: float
    limit: float = float("inf")


@dataclass(frozen=True)
class Site:
    """`rate` pictures a second of `cameras`, which were away for `outage` seconds.

    `sends` is how many pictures a second one camera can send when it catches up.
    """

    rate: float
    cameras: int
    outage: float
    alert_share: float = 0.02
    sends: float = 4.0

    def __post_init__(self) -> None:
        if self.rate <= 0 or self.cameras < 1 or self.outage < 0 or self.sends <= 0:
            raise InvalidError("Rates are above 0, there is a camera, an outage is 0 or longer.")


@dataclass(frozen=True)
class Limits:
    """What lets pictures by: rates a second with their bursts, and instances of functions."""

    api: tuple[float, float]
    starts: tuple[float, float]
    concurrency: float
    new_instances: float  # a second and function
    steps: Mapping[str, Step]

    @classmethod
    def of(
        cls, quotas: Quotas, measured: Mapping[str, Any], *, detect_limit: float = float("inf")
    ) -> Limits:
        """The default quotas, and the steps as they were measured."""
        bench, quota = Bench(measured), quotas.quota
        steps = {
            name: Step(
                bench.milliseconds(name) / 1000,
                bench.first_milliseconds(name) / 1000,
                detect_limit if name == "detect" else float("inf"),
            )
            for name in ("ingest", *STEPS)
        }
        api, starts = quota["api_requests"], quota["express_starts"]
        return cls(
            (api.value, api.burst),
            (starts.value, starts.burst),
            quota["lambda_concurrency"].value,
            quota["lambda_scaling"].value / 10,
            steps,
        )


@dataclass
class Outcome:
    """What became of the pictures, and the most that was seen of anything at once."""

    made: int = 0
    recorded: int = 0
    told: int = 0
    parked: int = 0
    at_cameras: int = 0
    waiting_events: int = 0
    under_way: int = 0
    retried: int = 0
    seconds: float = 0.0
    drained_after: float | None = None
    peak: Counter[str] = field(default_factory=Counter)

    def balanced(self) -> bool:
        """Whether every picture is somewhere."""
        where = self.recorded + self.parked + self.at_cameras + self.waiting_events
        return self.made == where + self.under_way


class _Bucket:
    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst, self._tokens = rate, max(burst, rate * TICK), burst

    def refill(self) -> None:
        self._tokens = min(self._burst, self._tokens + self._rate * TICK)

    def take(self, wanted: int) -> int:
        taken = min(wanted, int(self._tokens))
        self._tokens -= taken
        return taken


class _Fleet:
    """The instances of one function: warm ones that are free, and busy ones by when they end."""

    def __init__(self, step: Step, new_a_second: float) -> None:
        self._step, self._new = step, new_a_second * TICK
        self._fresh = 0.0
        self._warm = 0
        self._ends: Counter[int] = Counter()
        self.busy = 0

    def finish(self, tick: int) -> int:
        """The calls that end now."""
        done = self._ends.pop(tick, 0)
        self.busy -= done
        self._warm += done
        # What is not used is not saved up.
        self._fresh = min(self._fresh + self._new, self._new + 1)
        return done

    def call(self, tick: int, wanted: int) -> int:
        """How many of the calls find an instance."""
        room = min(wanted, max(0, int(min(self._step.limit, 1e12)) - self.busy))
        warm = min(room, self._warm)
        cold = min(room - warm, int(self._fresh))
        self._warm -= warm
        self._fresh -= cold
        for count, seconds in (
            (warm, self._step.seconds),
            (cold, self._step.seconds + self._step.cold_seconds),
        ):
            if count:
                self._ends[tick + max(1, round(seconds / TICK))] += count
        self.busy += warm + cold
        return warm + cold


class Simulation:
    """One run; `step` moves it on by a tick."""

    def __init__(self, site: Site, limits: Limits, *, seed: int = 0) -> None:
        self._site, self._limits = site, limits
        self._random = random.Random(seed)  # noqa: S311 - not for secrets
        self._api, self._starts = _Bucket(*limits.api), _Bucket(*limits.starts)
        self._fleets = {n: _Fleet(s, limits.new_instances) for n, s in limits.steps.items()}
        self._due: dict[str, Counter[tuple[int, int]]] = {name: Counter() for name in STEPS}
        self._tick = 0
        self._owed = site.rate * site.outage
        self.outcome = Outcome()

    def run(self, seconds: float) -> Outcome:
        """Play so many seconds after the outage."""
        for _ in range(round(seconds / TICK)):
            self.step()
        return self.outcome

    def step(self) -> None:
        """One tick: what ends goes on, from the last step to the first, then what is new comes."""
        out, tick = self.outcome, self._tick
        self._api.refill()
        self._starts.refill()
        ended = {name: fleet.finish(tick) for name, fleet in self._fleets.items()}
        self._go_on(ended, tick)
        self._make()
        offered = min(out.at_cameras, self._some(1, self._site.cameras * self._site.sends * TICK))
        wanted = {name: self._take_due(name, tick) for name in STEPS}
        wanted["ingest"] = {0: self._api.take(offered)}
        chance = self._chance(sum(sum(calls.values()) for calls in wanted.values()))
        for name, calls in wanted.items():
            for attempt, count in calls.items():
                lucky = min(count, self._some(count, chance), self._free())
                called = self._fleets[name].call(tick, lucky)
                self._settle(name, attempt, tick, called, count - called)
        self._tick += 1
        out.seconds = self._tick * TICK
        self._look()

    def _go_on(self, ended: Mapping[str, int], tick: int) -> None:
        out = self.outcome
        out.waiting_events += ended["ingest"]
        out.under_way -= ended["ingest"]
        started = self._starts.take(out.waiting_events)
        out.waiting_events -= started
        out.under_way += started
        self._due["detect"][tick, 0] += started
        self._due["record"][tick, 0] += ended["detect"]
        told = self._some(ended["record"], self._site.alert_share)
        self._due["notify"][tick, 0] += told
        out.recorded += ended["record"]
        out.under_way -= ended["record"]
        out.told += ended["notify"]

    def _take_due(self, name: str, tick: int) -> dict[int, int]:
        """The calls that a step wants now, by how often they were tried."""
        attempts = range(len(RETRIES[name]) + 1)
        return {n: count for n in attempts if (count := self._due[name].pop((tick, n), 0))}

    def _chance(self, wanted: int) -> float:
        """With which a call finds an instance, as far as the account is concerned."""
        return min(1.0, self._free() / wanted) if wanted else 1.0

    def _free(self) -> int:
        return max(0, int(self._limits.concurrency) - self.busy)

    def _settle(self, name: str, attempt: int, tick: int, called: int, refused: int) -> None:
        if name == "ingest":  # what is refused, the camera keeps
            self.outcome.at_cameras -= called
            self.outcome.under_way += called
        elif refused:
            self._put_off(name, attempt, tick, refused)

    def _put_off(self, name: str, attempt: int, tick: int, count: int) -> None:
        pauses, out = RETRIES[name], self.outcome
        if attempt == len(pauses):
            # An alert that is parked has been recorded before.
            out.parked += count if name != "notify" else 0
            out.under_way -= count if name != "notify" else 0
            return
        out.retried += count
        ticks = max(1, round(pauses[attempt] / TICK))
        each, rest = divmod(count, ticks)
        for later in range(1, ticks + 1):
            self._due[name][tick + later, attempt + 1] += each
        for later in self._random.sample(range(1, ticks + 1), rest):
            self._due[name][tick + later, attempt + 1] += 1

    def _make(self) -> None:
        """The pictures that cameras take, and at first those of the outage."""
        self._owed += self._site.rate * TICK
        made = int(self._owed)
        self._owed -= made
        self.outcome.made += made
        self.outcome.at_cameras += made

    def _some(self, count: int, share: float) -> int:
        """`count` times `share`, rounded by chance, so that small rates come true on average."""
        exact = count * share
        return int(exact) + (self._random.random() < exact % 1)

    @property
    def busy(self) -> int:
        """Instances that are busy now."""
        return sum(fleet.busy for fleet in self._fleets.values())

    def _look(self) -> None:
        out = self.outcome
        seen = {
            "at cameras": out.at_cameras,
            "waiting events": out.waiting_events,
            "busy instances": self.busy,
        }
        for name, value in seen.items():
            out.peak[name] = max(out.peak[name], value)
        behind = out.at_cameras + out.waiting_events
        if out.drained_after is None and behind <= max(1.0, self._site.rate * TICK):
            out.drained_after = out.seconds
