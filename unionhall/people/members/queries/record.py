"""What rolls did to one person: which brought her, which changed her, which were put back."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

from django.contrib.auth.models import AnonymousUser
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.utils.translation import gettext as _

from unionhall.base.ledger.queries import deeds_upon, entries_numbered, entries_of
from unionhall.people.accounts.models import User
from unionhall.people.members.models import (
    Absence,
    Member,
    Membership,
    RollImport,
    RollRow,
    TransferRequest,
)
from unionhall.people.members.queries.bulk import bulk_entries_of
from unionhall.people.members.wording import COLUMNS
from unionhall.people.unions.queries import Told, in_charge_of, told

NEWEST = 30


def history_of(member: Member, user: User | AnonymousUser) -> list[Told]:
    """What the ledger says of her, the newest first. Why she left is told by nobody but those who said it."""
    of_many = entries_numbered(bulk_entries_of(member)).order_by("-id")
    both = [*entries_of(member)[:NEWEST], *of_many[:NEWEST]]
    entries = sorted(both, key=attrgetter("pk"), reverse=True)[:NEWEST]
    hers = set(
        in_charge_of(user)
        .filter(pk__in={one.union_id for one in entries})
        .values_list("pk", flat=True)
    )
    for one in entries:
        if one.union_id not in hers:
            one.detail = {name: fact for name, fact in one.detail.items() if name != "why"}
    return told(entries)


@dataclass(frozen=True)
class RollDeed:
    """What one roll did to her, in words, without what stood there before.

    ``roll``: ``None`` if it is of a union that the reader does not run; then no column is named.
    """

    at: dt.datetime
    what: str
    roll: RollImport | None
    undone_at: dt.datetime | None = None


@dataclass
class _Deed:
    """The same by facts."""

    brought: bool = False
    brought_back: bool = False
    columns: list[str] = field(default_factory=list)
    decisions: dict[int, str] = field(default_factory=dict)  # entry of the ledger -> what was said
    asked: str = ""  # it asked for her transfer: how that stands
    unsaid: bool = False  # it changed something; what, is let go


def roll_deeds(
    member: Member, memberships: Collection[Membership], user: User | AnonymousUser
) -> list[RollDeed]:
    """The newest first; ``memberships``: all of hers. Seven statements, however many rolls."""
    changed, decided, undone = _changes(member), _decisions(member), _undone(member)
    asked = _asked(member)
    came = {member.batch_id, *(one.batch_id for one in memberships)}
    batches = {batch for batch in came if batch}
    spoke = decided.keys() | undone.keys() | asked.keys()
    known = Q(batch_id__in=batches | changed.keys()) | Q(pk__in=spoke)
    rolls = list(_rolls(user).filter(known))
    deeds = {
        roll: undone.get(roll.pk)
        or _Deed(
            brought=roll.batch_id == member.batch_id,
            brought_back=roll.batch_id in batches - {member.batch_id},
            columns=changed.get(roll.batch_id or 0, []),
            decisions=decided.get(roll.pk, {}),
            asked=asked.get(roll.pk, "") if roll.hers else "",  # type: ignore[attr-defined]  # annotated there
        )
        for roll in rolls
    }
    entries = {entry for deed in deeds.values() for entry in deed.decisions}
    times = _times({*entries, *(roll.batch_id for roll in rolls if roll.batch_id)})
    in_words = _told(deeds, times, _undone_at(rolls))
    return sorted(in_words, key=attrgetter("at"), reverse=True)


def _changes(member: Member) -> dict[int, list[str]]:
    """Entry of the ledger -> the columns that its deed changed."""
    columns = defaultdict[int, list[str]](list)
    for entry, column in member.changes.order_by("pk").values_list("entry_id", "column"):
        columns[entry].append(column)
    return dict(columns)


def _decisions(member: Member) -> dict[int, dict[int, str]]:
    """Roll that did not name her -> entry -> what an officer said about it."""
    absences = Absence.objects.filter(membership__member=member).exclude(decision="")
    return {
        one.roll_import_id: {
            one.entry_id or 0: one.get_reason_display() or one.get_decision_display()
        }
        for one in absences
    }


def _asked(member: Member) -> dict[int, str]:
    """Roll -> how the transfer stands that it asked for."""
    requests = TransferRequest.objects.filter(member=member).exclude(roll_import=None)
    return {one.roll_import_id or 0: one.get_state_display() for one in requests}


def _undone(member: Member) -> dict[int, _Deed]:
    """Rolls that were put back, with what they had changed as long as their rows are kept."""
    kind = RollRow.Effect
    rows = RollRow.objects.filter(
        member=member,
        effect__in=[kind.NEW, kind.RETURNED, kind.UPDATED],
        roll_import__state=RollImport.State.UNDONE,
    )
    return {
        row.roll_import_id: _Deed(
            brought_back=row.effect in {kind.NEW, kind.RETURNED},
            columns=[one[0] for one in json.loads(row.changes or "[]")],
            unsaid=row.changes is None,
        )
        for row in rows
    }


def _rolls(user: User | AnonymousUser) -> QuerySet[RollImport]:
    hers = ExpressionWrapper(Q(union__in=in_charge_of(user)), output_field=BooleanField())
    return RollImport.objects.annotate(hers=hers).defer("content")


def _times(entries: Collection[int]) -> dict[int, dt.datetime]:
    return dict(entries_numbered(entries).values_list("pk", "at"))


def _undone_at(rolls: Iterable[RollImport]) -> dict[int, dt.datetime]:
    gone = RollImport.objects.filter(
        pk__in=[roll.pk for roll in rolls if roll.state == RollImport.State.UNDONE]
    )
    entries = deeds_upon(RollImport, gone.values("pk"), action="members.roll_undone", after=0)
    return dict(entries.values_list("subject_id", "at"))


def _told(
    deeds: Mapping[RollImport, _Deed],
    times: Mapping[int, dt.datetime],
    undone: Mapping[int, dt.datetime],
) -> Iterator[RollDeed]:
    for roll, deed in deeds.items():
        hers = roll if roll.hers else None  # type: ignore[attr-defined]  # annotated there
        what = _in_words(deed, named=hers is not None)
        yes = times.get(roll.batch_id or 0, roll.created_at)
        if what:
            yield RollDeed(yes, what, hers, undone.get(roll.pk))
        for entry, decision in deed.decisions.items():
            said = _("不在名册里")
            if hers:  # why she was let go is told by nobody but those who said it
                said = _("不在名册里，记作“{decision}”").format(decision=decision)
            yield RollDeed(times.get(entry, yes), said, hers)


def _in_words(deed: _Deed, *, named: bool) -> str:
    parts = []
    if deed.brought or deed.brought_back:
        parts.append(_("登记进来") if deed.brought else _("重新登记进来"))
    if deed.asked:
        parts.append(_("提出接转（{state}）").format(state=deed.asked))
    columns = [str(COLUMNS[one]) for one in deed.columns if one in COLUMNS]
    if columns:
        what = _("、").join(columns) if named else _("资料")
        parts.append(_("改了{what}").format(what=what))
    if deed.unsaid and not parts:
        parts.append(_("名册里有变动"))
    return _("，").join(parts)
