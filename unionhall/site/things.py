"""What a member can do today, from all chapters, in one order: what is hers and what closes first in front.

Nobody is compared with anybody. A chapter adds a function to ``SOURCES``; what it needs of the database it
reads in a statement or two, however much there is (the page has fifteen).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from unionhall.domain.learning.queries import seconds_left
from unionhall.domain.lectures.queries import (
    OpenPhase,
    Step,
    lines_of,
    phases_open,
    prize_of,
    those_of,
)
from unionhall.domain.welfare import queries as welfare
from unionhall.domain.welfare.rules import LAPSES_SOON
from unionhall.domain.welfare.rules.giveaways import Stage
from unionhall.kernel.audience.queries import including

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from unionhall.domain.lectures.queries.promises import Prize
    from unionhall.domain.welfare.queries.giveaways import Line
    from unionhall.kernel.allotment.models import Claim
    from unionhall.people.members.models import Member
    from unionhall.people.unions.models import Union

TO_DO = (Step.WATCH, Step.ANSWER)
NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Thing:
    """Something that she can do today. ``hers``: she has begun it or holds it, so it stands before what is merely open.

    ``about`` is the row that its own card is drawn from, if ``card`` names one.
    """

    icon: str
    title: str
    note: str
    url: str
    closes_at: dt.datetime | None = None
    hers: bool = False
    card: str = ""
    about: object = None

    @property
    def place(self) -> tuple[dt.date, bool, dt.datetime, str]:
        """By day what closes first; of one day what is hers, then by the minute."""
        if self.closes_at is None:
            return dt.date.max, not self.hers, NEVER, self.url
        day = timezone.localtime(self.closes_at).date()
        return day, not self.hers, self.closes_at, self.url


@dataclass
class Seen:
    """What was read of the house for her, once for all chapters."""

    member: Member
    union: Union | None
    now: dt.datetime
    unread: int
    phases: list[OpenPhase] = field(default_factory=list)
    giveaways: list[Line] = field(default_factory=list)
    usable: list[Claim] = field(default_factory=list)


def look(member: Member, union: Union | None, *, now: dt.datetime, unread: int) -> Seen:
    """Read what goes on, and ask once in which of all its audiences she is."""
    seen = Seen(member, union, now, unread)
    phases = list(phases_open(now))
    offers = welfare.offers_around(union.path, now=now) if union else []
    audiences = {phase.contest.audience for phase in phases if phase.contest}
    hers = including(audiences | {offer.pool.audience for offer in offers}, member)
    seen.phases = lines_of(those_of(member, phases, hers), member, now)
    claims = welfare.live_vouchers_of(member, offers)
    seen.giveaways = welfare.lines_of(offers, claims, hers, now)
    seen.usable = welfare.usable_of(claims, now)
    return seen


def things_for(seen: Seen) -> list[Thing]:
    """All of them in the order in which they stand."""
    found = [thing for source in SOURCES for thing in source(seen)]
    return sorted(found, key=lambda thing: thing.place)


# == The chapters ==
@dataclass(frozen=True)
class NextStep:
    """A phase of which she can do the next step, and how far she is with it."""

    phase: OpenPhase
    seconds_left: int
    prize: Prize | None = None

    @property
    def seconds_seen(self) -> int:
        """How much of the video is behind her."""
        lesson = self.phase.phase.lesson
        return max(0, lesson.seconds - self.seconds_left) if lesson else 0


def step_of(line: OpenPhase) -> NextStep:
    """With what the phase gives, which takes a statement: for the one card that shows it."""
    lesson = line.phase.lesson
    assert lesson is not None, "published"  # noqa: S101
    return NextStep(line, seconds_left(lesson, line.watching), prize_of(line.phase))


def _lectures(seen: Seen) -> Iterator[Thing]:
    for line in seen.phases:
        if line.step in TO_DO:
            words = _("看完了，可以答题") if line.step == Step.ANSWER else _("看完就能答题")
            note = _("{what}，{until}").format(what=words, until=until(line.closes_at))
            begun = line.step == Step.ANSWER or line.watching is not None
            icon = "edit" if line.step == Step.ANSWER else "play"
            yield Thing(
                icon,
                line.phase_title,
                note,
                line.url,
                line.closes_at,
                begun,
                "home/_next.html",
                line,
            )


def _giveaways(seen: Seen) -> Iterator[Thing]:
    for line in seen.giveaways:
        if line.stage is Stage.OPEN and line.claim is None:
            offer, pool = line.offer, line.offer.pool
            title = _("{title} {yuan} 元").format(title=offer.title, yuan=offer.yuan)
            left = ngettext("还有 {n} 份", "还有 {n} 份", pool.left).format(n=pool.left)
            note = _("{what}，{until}").format(what=left, until=until(pool.closes_at))
            url = reverse("welfare:offer", args=[offer.pk])
            yield Thing("gift", title, note, url, pool.closes_at, False, "home/_claim.html", line)


def _vouchers(seen: Seen) -> Iterator[Thing]:
    """Those that lapse soon; the others wait in her wallet."""
    for claim in seen.usable:
        if claim.expires_at and claim.expires_at <= seen.now + LAPSES_SOON:
            offer = claim.pool.offer
            title = _("{title}快到期了").format(title=offer.title)
            note = _("{what}，{until}").format(
                what=offer.merchant.name, until=until(claim.expires_at)
            )
            url = reverse("welfare:voucher", args=[claim.pk])
            card = "home/_voucher.html"
            yield Thing("ticket", title, note, url, claim.expires_at, True, card, claim)


def _messages(seen: Seen) -> Iterator[Thing]:
    if seen.unread:
        title = ngettext("{n} 条消息没看", "{n} 条消息没看", seen.unread).format(n=seen.unread)
        yield Thing("mail", title, _("看过就不再提醒"), reverse("notify:inbox"))


# Requests of hers that wait for her own answer: one more function here.
SOURCES: Sequence[Callable[[Seen], Iterator[Thing]]] = (
    _lectures,
    _giveaways,
    _vouchers,
    _messages,
)


def until(moment: dt.datetime | None) -> str:
    """``11 月 30 日 18:00 截止``; nothing of what never closes."""
    if moment is None:
        return ""
    at = formats.date_format(timezone.localtime(moment), _("n 月 j 日 H:i"))
    return _("{at} 截止").format(at=at)
