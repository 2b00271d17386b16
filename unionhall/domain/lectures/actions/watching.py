"""What a member does: watch, read, and so come to the quiz."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.domain.learning import actions as learning
from unionhall.domain.learning.models import Lesson, Watching
from unionhall.domain.learning.queries import has_finished
from unionhall.domain.learning.rules.watching import Interval
from unionhall.domain.lectures.models import Phase
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Contest
from unionhall.people.members.models import Member

WATCHED = "lectures.watched"


@transaction.atomic
def open_player(phase: Phase, *, member: Member) -> str:
    """The token of the one player that counts. Raises ``Refused`` before the phase opens."""
    _refuse_too_soon(phase)
    return learning.open_player(_lesson(phase), member=member)


@transaction.atomic
def report_watched(
    phase: Phase,
    *,
    member: Member,
    player: str,
    pieces: Sequence[Interval],
    position_ms: int | None = None,
) -> learning.Report:
    """Credit what was played; whoever has seen enough is admitted to the quiz in the same transaction."""
    report = learning.report_watched(
        _lesson(phase), member=member, player=player, pieces=pieces, position_ms=position_ms
    )
    if report.watching.done_at:
        _admit(phase, member)
    return report


@transaction.atomic
def open_text(phase: Phase, *, member: Member) -> Watching | None:
    """Note when she first opened the text; nothing before the phase opens."""
    return learning.open_text(_lesson(phase), member=member) if _has_opened(phase) else None


@transaction.atomic
def read_text(phase: Phase, *, member: Member) -> Watching:
    """She has read it, and is admitted. Raises ``Refused`` when it is too early for that."""
    _refuse_too_soon(phase)
    watching = learning.read_text(_lesson(phase), member=member)
    _admit(phase, member)
    return watching


@transaction.atomic
def go_to_quiz(phase: Phase, *, member: Member) -> Contest:
    """Admit whoever has finished the lecture, also when she did so in another phase or another year."""
    if not has_finished(_lesson(phase), member):
        raise Refused(
            _("还不能答题。"),
            why=_("这一讲还没看完。"),
            next=_("回去接着看，看完这里就会打开。"),
            code="not_watched",
        )
    _admit(phase, member)
    return _contest(phase)


def _admit(phase: Phase, member: Member) -> None:
    contest = _contest(phase)
    if phase.closed_at is None and contest.state == Contest.State.PUBLISHED:
        quiz.admit(contest, member, because=WATCHED)


def _refuse_too_soon(phase: Phase) -> None:
    if not _has_opened(phase):
        raise Refused(
            _("还没开始。"),
            why=_("这一期到点才开放，大家同时开始。"),
            next=_("到时再来，时间写在这一页上。"),
            code="not_open",
        )


def _has_opened(phase: Phase) -> bool:
    opens_at = _contest(phase).opens_at
    return opens_at is None or opens_at <= now_in_database()


def _lesson(phase: Phase) -> Lesson:
    assert phase.lesson is not None, "published"  # noqa: S101
    return phase.lesson


def _contest(phase: Phase) -> Contest:
    assert phase.contest is not None, "published"  # noqa: S101
    return phase.contest
