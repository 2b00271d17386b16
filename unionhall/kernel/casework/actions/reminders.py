"""Reminders before a term ends and when it has ended; terms that nobody could count yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from unionhall.base.clock import now_in_database
from unionhall.base.days import CalendarUnknownError, working_days_after
from unionhall.base.ledger import actions as ledger
from unionhall.base.sweep import one_by_one
from unionhall.kernel.casework.actions.story import write_event
from unionhall.kernel.casework.actions.telling import tell_whoever_must_act
from unionhall.kernel.casework.models import Case, Event
from unionhall.kernel.casework.queries import cases_late, cases_soon_due, who_must_act

AT_ONCE = 200
BEFORE = 1  # working day


def remind() -> int:
    """Whoever must act hears of it a working day before the term ends, and once more when it has ended."""
    today = timezone.localdate()
    soon = cases_soon_due(today, until=_ahead(today)).values_list("pk", flat=True)[:AT_ONCE]
    late = cases_late(today).values_list("pk", flat=True)[:AT_ONCE]
    return one_by_one(_remind_late, list(late)) + one_by_one(_remind_soon, list(soon))


def _ahead(today: dt.date) -> dt.date:
    try:
        return working_days_after(today, BEFORE)
    except CalendarUnknownError:
        return today + dt.timedelta(days=BEFORE)


def _remind_soon(case_id: int) -> int:
    return _remind(case_id, Case.Reminded.SOON, "casework/due_soon", was=[Case.Reminded.NOT_YET])


def _remind_late(case_id: int) -> int:
    was = [Case.Reminded.NOT_YET, Case.Reminded.SOON]
    return _remind(case_id, Case.Reminded.LATE, "casework/late", was=was)


@transaction.atomic
def _remind(case_id: int, reminded: str, topic: str, *, was: Sequence[str]) -> int:
    """Once for each day: of several workers, the row lets one."""
    due = Case.objects.open().filter(pk=case_id, reminded__in=was, due_on__isnull=False)
    if not due.update(reminded=reminded):
        return 0
    case = Case.objects.select_related("union", "applicant", "handler").get(pk=case_id)
    is_late = reminded == Case.Reminded.LATE
    tell_whoever_must_act(case, topic, who_must_act(case, also_above=is_late))
    write_event(case, Event.What.REMINDED, by=None, is_shown=False)
    ledger.record("casework.reminded", case, union_id=case.union_id, late=is_late)
    return 1


def count_unknown_terms() -> int:
    """Terms that ran past the calendar when they began, now that it may say more."""
    unknown = Case.objects.open().filter(due_unknown=True)
    return one_by_one(_count, list(unknown.values_list("pk", flat=True)[:AT_ONCE]))


@transaction.atomic
def _count(case_id: int) -> int:
    case = Case.objects.select_for_update().get(pk=case_id)
    if not case.due_unknown or case.at.term is None or case.stage_at > now_in_database():
        return 0
    try:
        due_on = case.at.term.last_day(timezone.localtime(case.stage_at).date())
    except CalendarUnknownError:
        return 0
    Case.objects.filter(pk=case_id).update(due_on=due_on, due_unknown=False)
    return 1
