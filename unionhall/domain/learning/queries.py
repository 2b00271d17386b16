from __future__ import annotations

from django.db.models import QuerySet

from unionhall.domain.learning.models import Lesson, Watching
from unionhall.domain.learning.rules import watching as rules
from unionhall.people.members.models import Member
from unionhall.people.unions.models import Union


def lessons_within(unions: QuerySet[Union]) -> QuerySet[Lesson]:
    """The lessons that these unions published, newest first."""
    return Lesson.objects.filter(union__in=unions).order_by("-pk")


def watching_of(lesson: Lesson, member: Member) -> Watching | None:
    """How far she is with it; None when she has not opened it."""
    return Watching.objects.filter(lesson=lesson, member=member).first()


def has_finished(lesson: Lesson, member: Member) -> bool:
    """Whether she has watched or read enough of it."""
    return Watching.objects.filter(lesson=lesson, member=member, done_at__isnull=False).exists()


def seconds_left(lesson: Lesson, watching: Watching | None) -> int:
    """Seconds of the video still to be watched, rounded up; 0 when it is enough, or a text."""
    if not lesson.is_video or (watching and watching.done_at):
        return 0
    missing = rules.missing_ms(
        watching.covered_ms if watching else 0,
        length_ms=lesson.milliseconds,
        minimum_percent=lesson.minimum_percent,
    )
    return -(-missing // 1000)


def started(lesson: Lesson) -> QuerySet[Watching]:
    """Everybody who has opened it."""
    return Watching.objects.filter(lesson=lesson)
