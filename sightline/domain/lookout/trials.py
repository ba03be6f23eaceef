"""Trials: models try many pictures, people say what is right, and the dataset learns from it.

The service's console had them and its API never did, so the shapes here are our own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sightline.domain.lookout.errors import TRIAL, ResourceConflictError
from sightline.domain.lookout.manifest import Label
from sightline.domain.lookout.records import Record, S3Location


def results_key(project: str, trial: str) -> str:
    """Where the results of a trial are kept."""
    return f"{project}/trials/{trial}.jsonl"


class TrialStatus(StrEnum):
    """Where a trial is."""

    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Said:
    """What one model version says of a picture."""

    anomalous: bool
    confidence: float


@dataclass(frozen=True)
class Tried:
    """One picture of a trial: what each version says, or why it could not be inspected."""

    source_ref: str
    said: Mapping[str, Said] = field(default_factory=dict)
    problem: str = ""

    def to_line(self) -> str:
        """The picture as a stored line."""
        said = {version: [s.anomalous, s.confidence] for version, s in self.said.items()}
        return json.dumps([self.source_ref, said, self.problem])

    @classmethod
    def of_line(cls, line: str) -> Tried:
        """A picture from its stored line."""
        source_ref, said, problem = json.loads(line)
        return cls(source_ref, {version: Said(*found) for version, found in said.items()}, problem)

    @property
    def is_disputed(self) -> bool:
        """Whether the versions disagree about it."""
        return len({found.anomalous for found in self.said.values()}) > 1


@dataclass(frozen=True, kw_only=True)
class Trial(Record):
    """Some versions of a project's model on the same pictures.

    The pictures are those below `images`, or those of the project's `dataset` (train or test),
    whose labels count as verified. `verified` is by the picture's number in the results, because
    thousands of addresses would not fit into one record. `results` is the key of what is known so
    far.
    """

    name: str
    project: str
    versions: tuple[str, ...]
    images: S3Location | None
    created_at: datetime
    status: TrialStatus = TrialStatus.RUNNING
    message: str = "The trial is running."
    results: str = ""
    total: int = 0
    verified: Mapping[str, Label] = field(default_factory=dict)
    job: str | None = None
    dataset: str = ""

    @property
    def identity(self) -> tuple[str, str]:
        return self.project, self.name

    def going_on(self, results: str, total: int) -> Trial:
        """RUNNING, with the key of what is there so far, and how many pictures there are."""
        return replace(self, results=results, total=total)

    def completed(self, results: str, total: int, known: Mapping[str, Label]) -> Trial:
        """COMPLETE, with the key of its results and the labels that are known already."""
        return replace(
            self,
            status=TrialStatus.COMPLETE,
            message="The trial is complete.",
            results=results,
            total=total,
            verified=known,
            job=None,
        )

    def failed(self, reason: str) -> Trial:
        """FAILED, with the reason."""
        return replace(self, status=TrialStatus.FAILED, message=reason, job=None)

    def check_complete(self) -> None:
        """Raise `ResourceConflictError` unless there are results."""
        if self.status is not TrialStatus.COMPLETE:
            raise ResourceConflictError(
                f"Trial {self.name} has status {self.status} and no results.", TRIAL, self.name
            )


def score(tried: Sequence[Tried], version: str, verified: Mapping[str, Label]) -> dict[str, int]:
    """How often a version was right where people have said what is right."""
    counts = {"TruePositive": 0, "FalsePositive": 0, "FalseNegative": 0, "TrueNegative": 0}
    names = {
        (True, True): "TruePositive",
        (True, False): "FalsePositive",
        (False, True): "FalseNegative",
        (False, False): "TrueNegative",
    }
    for number, picture in enumerate(tried):
        said, label = picture.said.get(version), verified.get(str(number))
        if said is not None and label is not None:
            counts[names[said.anomalous, label is Label.ANOMALY]] += 1
    return counts


@dataclass(frozen=True)
class Comparison:
    """Two versions on the same pictures; what was right is only known of labelled pictures."""

    both_normal: int
    both_anomalous: int
    disputed: int
    not_inspected: int
    labeled: int
    both_right: int
    both_wrong: int
    only_right: Mapping[str, int]


def compare(
    tried: Sequence[Tried], versions: Sequence[str], verified: Mapping[str, Label]
) -> Comparison:
    """How far two versions agree, and which one is right where they do not."""
    first, second = versions
    pairs: Counter[tuple[bool, bool]] = Counter()
    rights: Counter[tuple[bool, bool]] = Counter()
    for number, picture in enumerate(tried):
        if not {first, second} <= picture.said.keys():
            continue
        said = (picture.said[first].anomalous, picture.said[second].anomalous)
        pairs[said] += 1
        if label := verified.get(str(number)):
            anomalous = label is Label.ANOMALY
            rights[said[0] is anomalous, said[1] is anomalous] += 1
    return Comparison(
        both_normal=pairs[False, False],
        both_anomalous=pairs[True, True],
        disputed=pairs[True, False] + pairs[False, True],
        not_inspected=len(tried) - pairs.total(),
        labeled=rights.total(),
        both_right=rights[True, True],
        both_wrong=rights[False, False],
        only_right={first: rights[True, False], second: rights[False, True]},
    )
