"""Tell many: whoever has not started is reminded, whoever took part hears of an early end."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.sweep import one_by_one
from unionhall.domain.lectures.models import Mailing, Phase
from unionhall.domain.lectures.queries.running import not_started, participants
from unionhall.kernel.notify import actions as notify
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member

A_DAY = dt.timedelta(days=1)
BATCH = 200


@transaction.atomic
def remind_not_started(phase: Phase, *, by: User) -> Mailing:
    """Remind everybody entitled who has not started; a sweep sends it. Refused twice within a day."""
    phase = (
        Phase.objects.select_for_update(no_key=True, of=("self",))
        .select_related("series", "contest")
        .get(pk=phase.pk)
    )
    now = now_in_database()
    if phase.contest is None or phase.closed_at or not _is_open(phase, now):
        raise Refused(
            _("没有提醒。"),
            why=_("这一期现在不开放。"),
            next=_("等它开始以后再提醒。"),
            code="not_open",
        )
    last = phase.mailings.filter(kind=Mailing.Kind.NOT_STARTED).order_by("-asked_at").first()
    if last and last.asked_at > now - A_DAY:
        raise Refused(
            _("没有再提醒一次。"),
            why=_("一天之内已经提醒过了，再发就成了打扰。"),
            next=_("明天这个时候以后可以再提醒。"),
            code="reminded_today",
        )
    return _ask(phase, Mailing.Kind.NOT_STARTED, by=by, now=now)


def _is_open(phase: Phase, now: dt.datetime) -> bool:
    contest = phase.contest
    return bool(
        contest
        and contest.opens_at
        and contest.closes_at
        and contest.opens_at <= now < contest.closes_at
    )


@transaction.atomic
def tell_participants(phase: Phase, *, by: User) -> Mailing:
    """Tell everybody who took part that it ended early, and why."""
    return _ask(phase, Mailing.Kind.CLOSED_EARLY, by=by, now=now_in_database())


def _ask(phase: Phase, kind: str, *, by: User, now: dt.datetime) -> Mailing:
    try:
        with transaction.atomic():
            mailing = Mailing.objects.create(phase=phase, kind=kind, by=by, asked_at=now)
    except IntegrityError:
        return Mailing.objects.get(phase=phase, kind=kind, done_at=None)
    ledger.record(
        "lectures.mailing_asked", mailing, by=by, union_id=phase.series.union_id, kind=str(kind)
    )
    return mailing


def send_mailings() -> int:
    """Go on with every mailing that is not finished, one batch each; returns how many messages."""
    waiting = Mailing.objects.filter(done_at=None).values_list("pk", flat=True)
    return one_by_one(_send_batch, list(waiting))


@transaction.atomic
def _send_batch(mailing_id: int) -> int:
    """The messages and the place up to which they went commit together: nobody twice, nobody left out."""
    waiting = Mailing.objects.select_for_update(of=("self",), skip_locked=True)
    mailing = (
        waiting.select_related("phase__series", "phase__contest")
        .filter(pk=mailing_id, done_at=None)
        .first()
    )
    if mailing is None:
        return 0
    members = list(_concerned(mailing).filter(pk__gt=mailing.after_member).order_by("pk")[:BATCH])
    for member in members:
        notify.send(
            member, f"lectures/{mailing.kind}", channels=["inbox", "sms"], **_told(mailing.phase)
        )
    mailing.sent += len(members)
    mailing.after_member = members[-1].pk if members else mailing.after_member
    mailing.done_at = None if len(members) == BATCH else now_in_database()
    mailing.save(update_fields=["sent", "after_member", "done_at"])
    return len(members)


def _concerned(mailing: Mailing) -> QuerySet[Member]:
    if mailing.kind == Mailing.Kind.NOT_STARTED:
        return not_started(mailing.phase)
    return participants(mailing.phase)


def _told(phase: Phase) -> dict[str, Any]:
    return {
        "series": phase.series.title,
        "phase": phase.title,
        "closes_at": phase.contest.closes_at if phase.contest else None,
        "because": phase.closed_because.rstrip("。."),
        "url": reverse("lectures:phase", args=[phase.pk]),
    }
