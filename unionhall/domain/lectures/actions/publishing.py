"""Publish and close: the sentence becomes a contest, a pool and an offer, and comes to its end."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.domain.learning.models import Lesson
from unionhall.domain.lectures import rules
from unionhall.domain.lectures.actions.drafts import locked_draft
from unionhall.domain.lectures.actions.mailings import tell_participants
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.lectures.queries.composing import audience_of, checks_of
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Bank, Contest
from unionhall.domain.welfare import actions as welfare
from unionhall.domain.welfare.models import Merchant, VoucherOffer
from unionhall.kernel.allotment import actions as allotment
from unionhall.people.accounts.models import User


@transaction.atomic
def publish(series: Series, *, terms: Mapping[int, rules.Terms], by: User) -> Series:
    """Make every phase's sentence hold: all of them or none. ``terms`` maps phase id to terms.

    Raises ``Refused``: something is missing or wrong, or it was published meanwhile.
    """
    series = locked_draft(series)
    phases = list(series.phases.order_by("number"))
    _refuse_unready(series, phases, terms)
    for phase in phases:
        _publish_phase(phase, terms[phase.pk], by=by)
    series.state = Series.State.PUBLISHED
    series.published_at = now_in_database()
    series.save(update_fields=["state", "published_at"])
    ledger.record("lectures.series_published", series, by=by, union_id=series.union_id, phases=len(phases))
    return series


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
    series = phase.series
    label = f"{series.title} · {terms.title}"
    offer = _open_offer(phase, terms, label=label, by=by) if terms.places else None
    phase.lesson = Lesson.objects.get(pk=terms.lesson)
    phase.contest = quiz.publish_contest(
        union=series.union,
        title=label,
        bank=Bank.objects.get(pk=terms.bank),
        draw={kind: list(rule) for kind, rule in terms.draw.items()},
        full_marks=terms.full_marks,
        pass_mark=terms.pass_mark,
        minutes=terms.minutes,
        attempts_allowed=terms.attempts,
        opens_at=terms.opens_at,
        closes_at=terms.closes_at,
        winners_by=terms.winners_by,
        prizes=offer.pool if offer else None,
        audience=audience_of(terms),
        reveal=terms.reveal,
        by=by,
    )
    phase.offer = offer
    phase.title = terms.title
    phase.save(update_fields=["lesson", "contest", "offer", "title"])


def _open_offer(phase: Phase, terms: rules.Terms, *, label: str, by: User) -> VoucherOffer:
    """The pool has no closing time of its own: who handed in in time gets her prize a moment later."""
    once = phase.series.one_prize == Series.OnePrize.ONCE
    pool = allotment.open_pool(
        label=f"{label} · {terms.prize_title}",
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


@transaction.atomic
def close_early(phase: Phase, *, because: str, by: User) -> Phase:
    """End a phase before its time, and tell everybody who took part why. Vouchers given stay valid."""
    phase = Phase.objects.select_for_update(of=("self",)).select_related("series", "contest").get(pk=phase.pk)
    if phase.contest is None or phase.closed_at:
        raise Refused(
            _("这一期没有什么可结束的。"), why=_("它还没发布，或者已经结束了。"), next=_("回到列表看一眼。"), code="not_running"
        )
    phase.closed_because = because
    _close(phase, by=by)
    tell_participants(phase, by=by)
    ledger.record("lectures.phase_closed_early", phase, by=by, union_id=phase.series.union_id)
    return phase


def close_due(limit: int = 20) -> int:
    """Close what has come to its end; prizes by lot or by score are given then. Returns how many."""
    due = Phase.objects.filter(closed_at=None, contest__isnull=False)
    return sum(_close_when_due(pk) for pk in due.values_list("pk", flat=True)[:limit])


@transaction.atomic
def _close_when_due(phase_id: int) -> bool:
    phases = Phase.objects.select_for_update(of=("self",), skip_locked=True)
    phase = phases.select_related("series", "contest").filter(pk=phase_id, closed_at=None).first()
    if phase is None or phase.contest is None:
        return False
    contest = phase.contest
    over = contest.closes_at is not None and contest.closes_at <= now_in_database()
    if contest.state != Contest.State.CLOSED and not over:
        return False
    _close(phase, by=None)
    ledger.record("lectures.phase_closed", phase, union_id=phase.series.union_id)
    return True


def _close(phase: Phase, *, by: User | None) -> None:
    if phase.contest and phase.contest.state != Contest.State.CLOSED:
        quiz.close_contest(phase.contest, by=by)
    phase.closed_at = now_in_database()
    phase.save(update_fields=["closed_at", "closed_because"])
    if not phase.series.phases.filter(closed_at=None).exists():
        Series.objects.filter(pk=phase.series_id).update(
            state=Series.State.CLOSED, closed_at=phase.closed_at
        )
