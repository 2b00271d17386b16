"""Publish and close: the sentence becomes a contest, a pool and an offer, and comes to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from unionhall.base.clock import ClockTimestamp, now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.patience import unhurried
from unionhall.base.sweep import one_by_one
from unionhall.domain.learning.models import Lesson
from unionhall.domain.lectures import rules
from unionhall.domain.lectures.actions.drafts import locked_draft
from unionhall.domain.lectures.actions.mailings import tell_participants
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.lectures.queries.composing import audience_of, checks_of
from unionhall.domain.lectures.queries.found import found_of
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Attempt, Bank, Contest
from unionhall.domain.quiz.rules.papers import draw_of
from unionhall.domain.welfare import actions as welfare
from unionhall.domain.welfare.models import Merchant, VoucherOffer
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.search import actions as search
from unionhall.people.accounts.models import User

Reader = Callable[[Series, User], Mapping[int, rules.Terms]]  # a draft's terms by phase id


@unhurried()  # whom it is for is counted, however many they are
@transaction.atomic
def publish(series: Series, *, read: Reader, by: User, version: int | None = None) -> Series:
    """Make every phase's sentence hold: all of them or none. ``read`` is asked once nobody else can save.

    Raises ``Refused``: something is missing or wrong, it was published meanwhile, or it is not
    the ``version`` any more that the officer has read.
    """
    series = locked_draft(series)
    if version not in {None, series.version}:
        raise _changed_since_read()
    terms, phases = read(series, by), list(series.phases.order_by("number"))
    _refuse_unready(series, phases, terms)
    for phase in phases:
        _publish_phase(phase, terms[phase.pk], by=by)
        search.put(found_of(phase))
    series.state = Series.State.PUBLISHED
    series.published_at = now_in_database()
    series.save(update_fields=["state", "published_at"])
    ledger.record(
        "lectures.series_published", series, by=by, union_id=series.union_id, phases=len(phases)
    )
    return series


def _changed_since_read() -> Refused:
    return Refused(
        _("没有发布，草稿刚才改过。"),
        why=_("你读的那一遍，和现在存着的不一样了。"),
        next=_("回去再读一遍，没错就发布。"),
        code="saved_meanwhile",
    )


def _refuse_unready(series: Series, phases: list[Phase], terms: Mapping[int, rules.Terms]) -> None:
    ready = series.title and all(
        phase.pk in terms and rules.may_publish(checks_of(terms[phase.pk])) for phase in phases
    )
    if not ready:
        raise Refused(
            _("还不能发布。"),
            why=_("有的地方还没填好，或者对不上。"),
            next=_("看右边“发布前要过的关”，一条一条改好。"),
            code="not_ready",
        )


def _publish_phase(phase: Phase, terms: rules.Terms, *, by: User) -> None:
    offer = _open_offer(phase, terms, by=by) if terms.places else None
    contest = write_contest(phase, terms)
    contest.prizes = offer.pool if offer else None
    contest.save(update_fields=["prizes"])
    phase.lesson = Lesson.objects.get(pk=terms.lesson)
    phase.contest = quiz.publish_contest(contest, by=by)
    phase.offer = offer
    phase.title = terms.title
    phase.save(update_fields=["lesson", "contest", "offer", "title"])


def write_contest(phase: Phase, terms: rules.Terms) -> Contest:
    """The sentence as a contest that is not published yet: the one of an earlier trial, or a new one."""
    contest = phase.contest or Contest()
    contest.union = phase.series.union
    contest.title = _label(phase, terms)
    contest.bank = Bank.objects.get(pk=terms.bank)
    contest.draw = draw_of(terms.draw)
    contest.full_marks = terms.full_marks
    contest.pass_mark = terms.pass_mark
    contest.minutes = terms.minutes
    contest.attempts_allowed = terms.attempts
    contest.opens_at = terms.opens_at
    contest.closes_at = terms.closes_at
    contest.winners_by = terms.winners_by
    contest.audience = audience_of(terms)
    contest.reveal = terms.reveal
    contest.prize_title = terms.prize_title if terms.places else ""
    contest.save()
    return contest


def _label(phase: Phase, terms: rules.Terms) -> str:
    return f"{phase.series.title} · {terms.title}"[:120]


@transaction.atomic
def try_out(phase: Phase, *, read: Reader, by: User) -> Attempt:
    """Sit the quiz oneself, published or not; it never counts. A draft's terms are ``read`` for that."""
    phase = (
        Phase.objects.select_for_update(of=("self",))
        .select_related("series", "contest")
        .get(pk=phase.pk)
    )
    if phase.contest is None or phase.contest.state == Contest.State.DRAFT:
        terms = read(phase.series, by).get(phase.pk)
        if terms is None or not rules.may_try_out(checks_of(terms)):
            raise Refused(
                _("还不能试答。"),
                why=_("这一期还没填全，或者题库里的题不够抽。"),
                next=_("填好题库和题数，再试一遍。"),
                code="not_ready",
            )
        phase.contest = write_contest(phase, terms)
        phase.lesson = Lesson.objects.get(pk=terms.lesson)
        phase.save(update_fields=["contest", "lesson"])
    ledger.record("lectures.phase_tried_out", phase, by=by, union_id=phase.series.union_id)
    return quiz.start_trial(phase.contest, by=by)


def _open_offer(phase: Phase, terms: rules.Terms, *, by: User) -> VoucherOffer:
    """The pool has no closing time of its own: who handed in in time gets her prize a moment later."""
    assert terms.merchant is not None, "checked: prizes have a merchant"  # noqa: S101
    once = phase.series.one_prize == Series.OnePrize.ONCE
    pool = allotment.open_pool(
        label=_label(phase, terms),
        capacity=terms.places,
        audience=audience_of(terms),
        opens_at=terms.opens_at,
        family=f"lectures:{phase.series_id}" if once else "",
        valid_days=terms.valid_days,
        by=by,
    )
    return welfare.open_offer(
        by=by,
        union=phase.series.union,
        merchant=Merchant.objects.get(pk=terms.merchant),
        title=terms.prize_title,
        face_value=terms.face_value,
        terms="",
        pool=pool,
    )


def close_early(phase: Phase, *, because: str, by: User) -> Phase:
    """End a phase before its time, and tell everybody who took part why. Vouchers given stay valid.

    No more starts from now on; whoever is answering may finish, and the sweep closes it then.
    """
    if phase.contest is not None:
        quiz.hand_in_overdue(phase.contest)
    return _close_early(phase, because=because, by=by)


@unhurried()  # prizes by lot or by score are all given now
@transaction.atomic
def _close_early(phase: Phase, *, because: str, by: User) -> Phase:
    phase = (
        Phase.objects.select_for_update(of=("self",))
        .select_related("series", "contest")
        .get(pk=phase.pk)
    )
    running = phase.contest is not None and phase.contest.state == Contest.State.PUBLISHED
    if not running or phase.closed_because:
        raise Refused(
            _("这一期没有什么可结束的。"),
            why=_("它还没发布，或者已经结束了。"),
            next=_("回到列表看一眼。"),
            code="not_running",
        )
    phase.closed_because = because
    phase.save(update_fields=["closed_because"])
    ledger.record("lectures.phase_closed_early", phase, by=by, union_id=phase.series.union_id)
    tell_participants(phase, by=by)
    _close(phase, by=by)
    return phase


def close_due() -> int:
    """Close what has come to its end; prizes by lot or by score are given then. Returns how many."""
    over = Q(contest__state=Contest.State.CLOSED) | Q(
        contest__state=Contest.State.PUBLISHED, contest__closes_at__lte=ClockTimestamp()
    )
    due = Phase.objects.filter(over, closed_at=None).values_list("pk", flat=True)
    return one_by_one(_close_one, list(due))


def _close_one(phase_id: int) -> bool:
    quiz.hand_in_overdue(Contest.objects.get(lecture_phase=phase_id))
    return _close_free(phase_id)


@transaction.atomic
def _close_free(phase_id: int) -> bool:
    free = Phase.objects.select_for_update(of=("self",), skip_locked=True)
    phase = free.select_related("series", "contest").filter(pk=phase_id, closed_at=None).first()
    return phase is not None and _close(phase, by=None)


def _close(phase: Phase, *, by: User | None) -> bool:
    """Whether it is closed now: not while somebody is still answering."""
    assert phase.contest is not None, "published"  # noqa: S101
    if quiz.end_contest(phase.contest, by=by).state != Contest.State.CLOSED:
        return False
    phase.closed_at = now_in_database()
    phase.save(update_fields=["closed_at"])
    ledger.record("lectures.phase_closed", phase, by=by, union_id=phase.series.union_id)
    if not phase.series.phases.filter(closed_at=None).exists():
        Series.objects.filter(pk=phase.series_id).update(
            state=Series.State.CLOSED, closed_at=phase.closed_at
        )
    return True
