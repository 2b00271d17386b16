"""The rows of a list as its officer reads them: mistakes in three parts, changes with their past."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _

from unionhall.base.ledger.queries import entries_numbered
from unionhall.base.phones import masked_phone
from unionhall.base.tables import Verdict
from unionhall.base.wording import NOT_DATA, VERDICTS, Text, Wording, explained
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Change, ListRow, Union
from unionhall.people.unions.queries.lists import list_reasons_of, named_in
from unionhall.people.unions.queries.tree import in_charge_of, told
from unionhall.people.unions.wording import NORMALISATIONS, REASONS, WARNINGS


@dataclass(frozen=True)
class ShownChange:
    """One column that the row says otherwise: what stands there, what it says, who said the former."""

    column: Text
    was: str
    now: str
    said: str


@dataclass(frozen=True)
class Shown:
    """A row as its officer reads it."""

    row: ListRow
    about: str
    verdict: Text
    faults: list[Wording]
    notes: list[Text]
    changes: list[ShownChange] = field(default_factory=list)


def shown(rows: Iterable[ListRow], user: User) -> list[Shown]:
    """The former values only of what ``user`` runs now.

    A few more statements where rows change something, however many do.
    """
    rows = list(rows)
    changing = [row for row in rows if row.changes]
    mine = _run_by(user, {row.union_id for row in changing}) if changing else set()
    changes = {row.pk: json.loads(row.changes or "[]") for row in changing if row.union_id in mine}
    said = _who_said_it({one[3] for told_ in changes.values() for one in told_ if one[3]})
    return [_shown(row, [_change(one, said) for one in changes.get(row.pk, ())]) for row in rows]


def _run_by(user: User, unions: set[int | None]) -> set[int | None]:
    return set(in_charge_of(user).filter(pk__any_of=unions - {None}).values_list("pk", flat=True))


def _who_said_it(ids: Iterable[int]) -> dict[int, str]:
    """Entry of the ledger -> when, and who did what, in words."""
    entries = list(entries_numbered(list(ids)))
    return {
        entry.pk: _("{day:%Y-%m-%d} {sentence}").format(
            day=timezone.localtime(line.at), sentence=line.sentence
        )
        for entry, line in zip(entries, told(entries), strict=True)
    }


def _shown(row: ListRow, changes: list[ShownChange]) -> Shown:
    if row.verdict == Verdict.NOT_DATA:
        notes: list[Text] = [NOT_DATA[code] for code in row.reason_codes]
    else:
        notes = [NORMALISATIONS[code] for code in row.normalisations]
        notes += [format_lazy("{}{}", _("注意："), WARNINGS[code]) for code in row.warnings]
    faults = [explained(reason, REASONS) for reason in list_reasons_of(row)]
    return Shown(row, named_in(row), VERDICTS[row.verdict], faults, notes, changes)


def _change(one: list[Any], said: Mapping[int, str]) -> ShownChange:
    column, was, now, entry = one
    said_by = said.get(entry, _("登记时写的"))
    return ShownChange(column_in_words(column), _value(column, was), _value(column, now), said_by)


def column_in_words(column: str) -> Text:
    """As the headings of a list say it."""
    if column == Change.PARENT:
        return _("上级工会")
    return str(Union._meta.get_field(column).verbose_name)


def _value(column: str, value: Any) -> str:  # noqa: ANN401 — whatever JSON can say
    """A value as its page shows it, the middle of a number covered."""
    if value in {None, ""}:
        return _("空着")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if column == "chair_phone":
        return masked_phone(value)
    if column == Change.PARENT:
        return str(value)
    return str(dict(Union._meta.get_field(column).flatchoices).get(value, value))
