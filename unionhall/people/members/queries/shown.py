"""The rows of a roll as its officer reads them: mistakes in three parts, changes with their past."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _

from unionhall.base.ledger.queries import entries_numbered
from unionhall.base.tables import Reason, Verdict
from unionhall.base.wording import NOT_DATA, VERDICTS, Text, Wording, explained
from unionhall.people.members.models import Member, Membership, RollRow
from unionhall.people.members.queries import newcomers_in, reasons_of
from unionhall.people.members.queries.transfers import asked_for_by
from unionhall.people.members.rules import likely_union, masked_written
from unionhall.people.members.wording import COLUMNS, NORMALISATIONS, REASONS, WARNINGS
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import told, under

_OF_NEW_PEOPLE = {"STATE_DEFAULTED", "JOIN_DATE_MISSING"}  # whoever is there keeps what is there
_THERE = {RollRow.Effect.UPDATED, RollRow.Effect.UNCHANGED, RollRow.Effect.ELSEWHERE}
UNKNOWN_UNION = "UNION_NOT_FOUND"
_JOINED = {"join_text", "join_serial", "join_month_only"}
_FIELDS = {one.name: one for model in (Member, Membership) for one in model._meta.fields}


@dataclass(frozen=True)
class Fault:
    """One reason as its officer reads it: where, what stands there, and the three parts."""

    column: Text
    written: str
    wording: Wording


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

    row: RollRow
    about: str
    verdict: Text
    effect: Text
    faults: list[Fault]
    notes: list[Text]
    changes: list[ShownChange] = field(default_factory=list)


def shown(rows: Iterable[RollRow]) -> list[Shown]:
    """Statements: one more where somebody is new, one where she is elsewhere, two where rows change something.

    And three where one names an unknown union.
    """
    rows = list(rows)
    reasons = {row.pk: reasons_of(row) for row in rows}
    likely = _likely_unions(rows, reasons.values())
    asked = _how_asked(rows)
    changes = {row.pk: json.loads(row.changes) for row in rows if row.changes}
    said = who_said_it({one[3] for told_ in changes.values() for one in told_ if one[3]})
    new = newcomers_in(rows)
    names = {row.pk: row.member.name for row in rows if row.member}
    names |= {pk: name for pk, (name, _joined_on) in new.items()}
    return [
        _shown(
            row,
            names.get(row.pk, ""),
            asked.get(row.member_id, row.get_effect_display()),
            [_change(one, said) for one in changes.get(row.pk, ())],
            [_fault(one, likely) for one in reasons[row.pk]],
            joined_on=new[row.pk][1] if row.pk in new else None,
        )
        for row in rows
    ]


def _likely_unions(rows: Sequence[RollRow], reasons: Iterable[Sequence[Reason]]) -> dict[str, str]:
    """Name that no union has -> the one that may be meant; nothing is guessed of a name that several have."""
    unknown = {one.written for of_row in reasons for one in of_row if one.code == UNKNOWN_UNION}
    if not unknown:
        return {}
    unions = under(rows[0].roll_import.union).filter(level__gte=Union.Level.GRASSROOTS)
    times = Counter(unions.values_list("name", flat=True))
    names = [name for name, often in times.items() if often == 1]
    return {written: likely_union(written, names) for written in unknown if written not in times}


def _how_asked(rows: Collection[RollRow]) -> dict[int | None, Text]:
    """Member who is elsewhere -> how the transfer stands that was asked for."""
    elsewhere = {row.member_id for row in rows if row.effect == RollRow.Effect.ELSEWHERE}
    if not elsewhere:
        return {}
    asked = asked_for_by(next(iter(rows)).roll_import).filter(member__in=elsewhere)
    words = _("在别的工会，接转：{state}")
    return {one.member_id: words.format(state=one.get_state_display()) for one in asked}


def who_said_it(ids: Iterable[int]) -> dict[int, str]:
    """Entry of the ledger -> when, and who did what, in words."""
    entries = list(entries_numbered(list(ids)))
    return {
        entry.pk: _("{day:%Y-%m-%d} {sentence}").format(
            day=timezone.localtime(line.at), sentence=line.sentence
        )
        for entry, line in zip(entries, told(entries), strict=True)
    }


def _shown(
    row: RollRow,
    name: str,
    effect: Text,
    changes: list[ShownChange],
    faults: list[Fault],
    *,
    joined_on: dt.date | None,
) -> Shown:
    content: dict[str, Any] = json.loads(row.values) if row.values else {}
    if row.verdict == Verdict.NOT_DATA:
        notes: list[Text] = [NOT_DATA[code] for code in row.reason_codes]
    else:
        notes = [NORMALISATIONS[code] for code in row.normalisations]
        needless = _OF_NEW_PEOPLE if row.effect in _THERE else set()
        if row.effect in _THERE and not any(one.column == COLUMNS["joined_on"] for one in changes):
            needless = needless | {"DATE_DAY_MISSING"}
        warnings = [code for code in row.warnings if code not in needless]
        notes += [format_lazy("{}{}", _("注意："), WARNINGS[code]) for code in warnings]
    if joined_on and _JOINED & set(row.normalisations):
        notes.append(_("入会日期记作 {day:%Y-%m-%d}").format(day=joined_on))
    about = content.get("about") or content.get("name") or name
    return Shown(row, about, VERDICTS[row.verdict], effect, faults, notes, changes)


def _fault(reason: Reason, likely: Mapping[str, str]) -> Fault:
    written = masked_written(reason.column, reason.written)
    wording = explained(reason, REASONS)
    if reason.code == UNKNOWN_UNION and (meant := likely.get(reason.written)):
        wording = wording._replace(next=_("像是“{union}”，是就照着写").format(union=meant))
    return Fault(COLUMNS.get(reason.column, ""), written, wording)


def _change(one: list[Any], said: Mapping[int, str]) -> ShownChange:
    column, was, now, entry = one
    said_by = said.get(entry, _("登记时写的"))
    return ShownChange(
        COLUMNS[column], value_in_words(column, was), value_in_words(column, now), said_by
    )


def value_in_words(column: str, value: Any) -> str:  # noqa: ANN401 — whatever JSON can say
    """A value as its page shows it, the middle of a number covered."""
    if value in {None, ""}:
        return _("空着")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    choices = dict(_FIELDS[column].flatchoices)
    return str(choices.get(value) or masked_written(column, str(value)))
