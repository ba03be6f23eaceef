"""The ports of people's use cases in memory, under the same contract tests as those over AWS."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sightline.adapters.memory import MemoryInspectionTable
from sightline.domain.errors import ConflictError, NotFoundError
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Recorded, Severity
from sightline.domain.lookout.records import S3Object
from sightline.domain.reviews import Case, Review
from sightline.domain.subscriptions import SMS, Subscription
from sightline.workflow.floor.ports import Link, OfCamera, OfLine, Question, ToReview


@dataclass
class MemoryCaseTable:
    """`CaseTable` over the inspections in memory."""

    inspections: MemoryInspectionTable = field(default_factory=MemoryInspectionTable)
    reviews: dict[str, tuple[Review, ...]] = field(default_factory=dict)

    def case(self, ref: ImageRef) -> Case | None:
        recorded = self.inspections.recorded(ref)
        return self._case(recorded) if recorded else None

    def page(self, question: Question, *, limit: int, before: str = "") -> Sequence[Case]:
        found = [
            self._case(recorded)
            for recorded in self.inspections.results.values()
            if self._is_asked(recorded, question) and (not before or recorded.position < before)
        ]
        return sorted(found, key=lambda case: case.recorded.position, reverse=True)[:limit]

    def review(self, ref: ImageRef, review: Review) -> bool:
        standing = self.reviews.get(ref.pk, ())
        if self.case(ref) is None or len(standing) != review.version - 1:
            return False
        self.reviews[ref.pk] = (*standing, review)
        return True

    def _case(self, recorded: Recorded) -> Case:
        return Case(recorded, self.reviews.get(recorded.inspection.ref.pk, ()))

    def _is_asked(self, recorded: Recorded, question: Question) -> bool:
        found, day = recorded.inspection, f"{recorded.inspection.captured_at:%Y-%m-%d}"
        if isinstance(question, OfLine):
            return question == OfLine(found.facility, found.line, day)
        if isinstance(question, OfCamera):
            return question == OfCamera(found.ref.camera_id, day)
        waits = recorded.severity is not Severity.NONE and found.ref.pk not in self.reviews
        return waits and question == ToReview(found.project)


class MemoryLinks:
    """`Links` that are made up."""

    def view(self, stored: S3Object) -> str:
        return f"https://{stored.bucket}.example/{stored.key}?signed"

    def fill(self, target: S3Object, content_type: str, size: int) -> Link:
        headers = (("Content-Type", content_type), ("Content-Length", str(size)))
        return Link(f"https://{target.bucket}.example/{target.key}?signed", headers)


@dataclass
class MemorySubscriptions:
    """`Subscriptions`; `confirm` is the owner doing it."""

    known: list[Subscription] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def list(self) -> Sequence[Subscription]:
        return sorted(self.known, key=lambda one: (one.protocol, one.endpoint))

    def add(self, wanted: Subscription) -> Subscription:
        for one in self.known:
            if (one.protocol, one.endpoint) == (wanted.protocol, wanted.endpoint):
                if _filters(one) != _filters(wanted):
                    raise ConflictError(f"{wanted.endpoint} is subscribed with other filters.")
                return one
        added = wanted
        if wanted.protocol == SMS:  # nobody has to confirm a phone number
            added = self._confirmed(wanted)
        self.known.append(added)
        return added

    def remove(self, subscription_id: str) -> None:
        gone = [one for one in self.known if one.subscription_id == subscription_id]
        if not gone:
            raise NotFoundError(f"There is no subscription {subscription_id}.")
        self.known.remove(gone[0])

    def confirm(self, endpoint: str) -> None:
        """The owner follows the link."""
        self.known = [
            self._confirmed(one) if one.endpoint == endpoint else one for one in self.known
        ]

    def _confirmed(self, one: Subscription) -> Subscription:
        number = f"00000000-0000-4000-8000-{next(self._numbers):012}"
        return replace(one, subscription_id=number, confirmed=True)


def _filters(one: Subscription) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(kind) for kind in (one.severities, one.lines, one.projects))
