from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

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


def written(seconds: int) -> str:
    """``1345`` -> ``22 分 25 秒``."""
    minutes, rest = divmod(int(seconds), 60)
    if not minutes:
        return _("{seconds} 秒").format(seconds=rest)
    return _("{minutes} 分 {seconds:02} 秒").format(minutes=minutes, seconds=rest)


@dataclass(frozen=True)
class Progress:
    """How far somebody is, in seconds and in words: the page and the player say the same."""

    seconds: int
    watched: int
    left: int
    done: bool

    @property
    def headline(self) -> str:
        """What is still to be watched."""
        return _("看完了") if self.done else _("还要看 {time}").format(time=written(self.left))

    @property
    def note(self) -> str:
        """How much of how much, and that one may leave."""
        numbers = {"all": written(self.seconds), "watched": written(self.watched)}
        if self.done:
            return _("共 {all}，随时可以回来再看。").format(**numbers)
        return _("共 {all}，已看 {watched}。随时可以离开，回来从这里接着看。").format(**numbers)

    @property
    def why(self) -> str:
        """Why the quiz is not open yet."""
        return "" if self.done else _("再看 {time}，这里就会打开。").format(time=written(self.left))


def progress_of(lesson: Lesson, watching: Watching | None) -> Progress:
    """How far the owner of ``watching`` is with ``lesson``."""
    return Progress(
        seconds=lesson.seconds,
        watched=watching.covered_ms // 1000 if watching else 0,
        left=seconds_left(lesson, watching),
        done=bool(watching and watching.done_at),
    )
