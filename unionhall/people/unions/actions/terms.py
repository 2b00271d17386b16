"""Terms of office: who is reminded that a re-election is due, and that it was held."""

from __future__ import annotations

import datetime as dt
import json

from django.db import transaction
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts.models import User
from unionhall.people.unions.actions.tree import refuse_closed
from unionhall.people.unions.models import Change, TermReminder, Union
from unionhall.people.unions.queries.comparing import plain
from unionhall.people.unions.rules.terms import TERMS, ends_on


@transaction.atomic
def note_reminded(union: Union) -> bool:
    """Whether this is the first who reminds of this end of its term; the row decides."""
    if union.term_ends_on is None:
        return False
    _reminder, made = TermReminder.objects.get_or_create(
        union=union, term_ends_on=union.term_ends_on
    )
    return made


@transaction.atomic
def renew_term(union: Union, *, held_on: dt.date, years: int, by: User) -> Union:
    """A re-election was held: its term is of so many years from that day (3 or 5, Trade Union Law 16)."""
    held = Union.objects.select_for_update(no_key=True)
    union = held.get(pk=union.pk)
    refuse_closed(union)
    last = ends_on(held_on, years)
    new = {"term_years": years, "term_ends_on": last}
    if years not in TERMS or (union.term_ends_on and last <= union.term_ends_on):
        raise Refused(
            _("没有记下来。"),
            why=_("新的一届要比原来的晚结束，一届是 3 年或 5 年。"),
            next=_("核对选举的日子和届期。"),
            code="term_not_later",
        )
    day, action = held_on.isoformat(), "unions.term_renewed"
    entry = ledger.record(action, union, by=by, union_id=union.pk, held_on=day, years=years)
    Change.objects.bulk_create(
        Change(
            union=union,
            column=column,
            was=json.dumps(plain(getattr(union, column))),
            entry_id=entry.pk,
        )
        for column in new
    )
    Union.objects.filter(pk=union.pk).update(**new)
    union.refresh_from_db()
    return union
