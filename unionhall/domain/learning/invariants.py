from __future__ import annotations

from collections.abc import Iterator

from django.db.models import F, Q

from unionhall.base.invariant import Invariant
from unionhall.domain.learning.models import Watching
from unionhall.domain.learning.rules import watching as rules


def badly_kept_intervals() -> Iterator[str]:
    """Watchings whose intervals are not sorted, disjoint and inside the video, or not summed up right."""
    for watching in Watching.objects.select_related("lesson").iterator():
        intervals = [tuple(interval) for interval in watching.intervals]
        ok = (
            list(rules.merged(intervals)) == intervals
            and rules.total(intervals) == watching.covered_ms
        )
        if not ok or any(
            start < 0 or end > watching.lesson.milliseconds for start, end in intervals
        ):
            yield str(watching)


def more_than_the_clock_allows() -> Iterator[str]:
    """Watchings that were credited faster than the fastest speed since they were first opened."""
    for watching in Watching.objects.filter(covered_ms__gt=rules.SLACK_MS).iterator():
        wall_ms = (watching.last_seen_at - watching.opened_at).total_seconds() * 1000
        if watching.covered_ms > wall_ms * rules.SPEED_TENTHS / 10 + rules.SLACK_MS:
            yield str(watching)


def finished_without_watching() -> Iterator[str]:
    """Watchings that count as finished though too little was watched and nothing read."""
    enough = Q(covered_ms__gte=F("lesson__milliseconds") * F("lesson__minimum_percent") / 100)
    unfinished = Watching.objects.filter(done_at__isnull=False, read_at=None)
    yield from map(str, unfinished.exclude(enough, lesson__kind="video"))


INVARIANTS = [
    Invariant(
        "What was watched is sorted, disjoint, inside the video, and summed up right.",
        badly_kept_intervals,
    ),
    Invariant("Nobody watched faster than the clock allows.", more_than_the_clock_allows),
    Invariant("Whoever counts as finished has watched or read enough.", finished_without_watching),
]
