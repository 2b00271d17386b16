"""The officer's today: what waits for her, and what is running."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from unionhall.base.access import allowed
from unionhall.base.clock import now_in_database
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.lectures.queries import given_out, phases_within, series_within
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import tops_in_charge
from unionhall.site.first_hour import first_steps
from unionhall.site.home import greeting
from unionhall.site.waiting import (
    Desk,
    Waiting,
    all_that_runs,
    all_that_waits,
    all_that_went_wrong,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from unionhall.people.accounts.models import User
    from unionhall.people.unions.models import Union

RUNNING_SHOWN, WEEK = 6, 7


@dataclass(frozen=True)
class Running:
    """A phase that goes on, with its numbers of this second."""

    phase: Phase
    capacity: int
    won: int = 0
    answering: int = 0
    handed_in: int = 0


@dataclass(frozen=True)
class Day:
    """A day of the calendar, and how many things are due on it."""

    day: dt.date
    due: int

    @property
    def letter(self) -> str:
        """The shortest that a weekday is called."""
        return str(_("一 二 三 四 五 六 日")).split()[self.day.weekday()]


@allowed(runs_unions)
def today(request: HttpRequest) -> HttpResponse:
    """What waits for her, what runs, and what went wrong."""
    user, now = cast("User", request.user), now_in_database()
    desk, local = Desk(user, now), timezone.localtime(now)
    waiting, running = all_that_waits(desk), _going_on(desk.unions, now)
    by_day, guide = _by_day(waiting, local.date()), {} if running else _guide(user, desk.unions)
    context = {
        "now": now,
        "greeting": greeting(local, user.name),
        "sentence": _("先办第一期讲座。")
        if guide and not by_day["due"]
        else _sentence(len(by_day["due"]), len(waiting)),
        **guide,
        **by_day,
        "running": running,
        "jobs": list(all_that_runs(desk)),
        "troubles": list(all_that_went_wrong(desk)),
        "weeks": _two_weeks(waiting, local.date()),
        "this_day": local.date(),
        "tasks": len(waiting),
    }
    return render(request, "desk/today.html", context)


def _guide(user: User, unions: QuerySet[Union]) -> dict[str, object]:
    """The first hour, until a lecture is published."""
    if series_within(unions).exclude(state=Series.State.DRAFT).exists():
        return {}
    steps = first_steps(user, tops_in_charge(user)[0])
    done = sum(one.done for one in steps)
    next_step = next((one for one in steps if not one.done), None)
    return {"first_steps": steps, "steps_done": done, "next_step": next_step}


def _due_on(one: Waiting) -> dt.date | None:
    return timezone.localtime(one.due_at).date() if one.due_at else None


def _by_day(waiting: list[Waiting], today: dt.date) -> dict[str, list[Waiting]]:
    """Due by today, due within the week, later or without a day."""
    week = today + dt.timedelta(days=WEEK)
    parts: dict[str, list[Waiting]] = {"due": [], "soon": [], "waiting": []}
    for one in waiting:
        day = _due_on(one)
        part = "waiting" if day is None or day > week else "due" if day <= today else "soon"
        parts[part].append(one)
    return parts


def _two_weeks(waiting: list[Waiting], today: dt.date) -> list[list[Day]]:
    """From this Monday on; what is overdue counts as today's. Empty if nothing is due in them."""
    due = Counter(max(day, today) for one in waiting if (day := _due_on(one)))
    monday = today - dt.timedelta(days=today.weekday())
    days = [monday + dt.timedelta(days=nth) for nth in range(2 * WEEK)]
    if not any(due[day] for day in days):
        return []
    shown = [Day(day, due[day]) for day in days]
    return [shown[:WEEK], shown[WEEK:]]


def _sentence(due: int, waiting: int) -> str:
    if due:
        return ngettext("今天有 {n} 件到期。", "今天有 {n} 件到期。", due).format(n=due)
    if waiting:
        return ngettext(
            "今天没有到期的，{n} 件在等你。", "今天没有到期的，{n} 件在等你。", waiting
        ).format(n=waiting)
    return _("没有事在等你。")


def _going_on(unions: QuerySet[Union], now: dt.datetime) -> list[Running]:
    open_now = phases_within(unions).filter(
        closed_at=None, contest__opens_at__lte=now, contest__closes_at__gt=now
    )
    published = open_now.exclude(series__state=Series.State.DRAFT)
    phases = list(published.order_by("contest__closes_at", "pk")[:RUNNING_SHOWN])
    counts = given_out(phases)
    return [
        Running(phase, _capacity(phase), **counts.get(phase.contest_id or 0, {}))
        for phase in phases
    ]


def _capacity(phase: Phase) -> int:
    return phase.contest.prizes.capacity if phase.contest and phase.contest.prizes else 0
