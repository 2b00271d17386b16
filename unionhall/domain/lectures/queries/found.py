"""What of a published phase can be found, and by what words."""

from __future__ import annotations

from collections.abc import Iterator

from unionhall.domain.lectures.models import Phase
from unionhall.domain.lectures.queries.halls import published
from unionhall.kernel.search.actions import Found
from unionhall.people.members.models import Member

LECTURE = "lecture"


def found_of(phase: Phase) -> Found:
    """By its own title, that of its hall, its lecture with speaker and script, its quiz and its prize."""
    contest, lesson = phase.contest, phase.lesson
    assert contest is not None and lesson is not None  # noqa: S101, PT018 — published
    assert contest.closes_at is not None  # noqa: S101
    words = [phase.series.title, lesson.title, lesson.speaker, contest.prize_title, lesson.script]
    return Found(
        LECTURE, phase.pk, phase.title, "\n".join(words), contest.closes_at, contest.audience
    )


def admitted_to(member: Member) -> list[int]:
    """Phases that she takes or took part in."""
    return list(published().filter(contest__admissions__member=member).values_list("pk", flat=True))


def all_keys() -> set[int]:
    """Of every phase that was published."""
    return set(published().values_list("pk", flat=True))


def all_found() -> Iterator[Found]:
    """Every phase that was published."""
    for phase in published().order_by("pk").iterator(chunk_size=500):
        yield found_of(phase)
