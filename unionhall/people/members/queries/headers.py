"""A roll whose file lacks something for everybody: needed columns, its union, the phones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from unionhall.base import lookups  # noqa: F401 — any_of
from unionhall.base.spreadsheets import UnreadableFile
from unionhall.people.members.models import Member, RollImport, RollRow
from unionhall.people.members.rules import Headings
from unionhall.people.unions.models import Union


class NoHeader(UnreadableFile):
    """No sheet has the needed columns; ``headings`` of the likeliest, with those it lacks."""

    def __init__(self, headings: Headings) -> None:
        super().__init__("no_header", columns=headings.missing)
        self.headings = headings


def headings_of_roll(roll: RollImport) -> Headings:
    """As the check found them; nothing is known of rolls that were checked by older versions."""
    return Headings(**roll.headings)


def refusal_of(roll: RollImport) -> UnreadableFile | None:
    """Why it cannot be read."""
    headings = headings_of_roll(roll)
    if headings.missing:
        return NoHeader(headings)
    return UnreadableFile(roll.problem) if roll.problem else None


def outcome_of(roll: RollImport) -> str:
    """A mark of what its check found, for a yes to say what it was said to."""
    found = json.dumps([roll.counts, roll.of_union_id], sort_keys=True)
    return hashlib.sha256(found.encode()).hexdigest()[:16]


def may_choose_union(roll: RollImport) -> bool:
    """It is checked, and its file has no column for unions: whose everybody is can be said."""
    headings = headings_of_roll(roll)
    checked = roll.state == RollImport.State.CHECKED
    return checked and bool(headings.known) and not headings.has("union")


def asks_union(roll: RollImport) -> bool:
    """And nobody said it yet."""
    return may_choose_union(roll) and roll.of_union_id is None


def takes_everybody(union: Union, unions: Mapping[str, int]) -> Union | None:
    """The union, if it is one of ``unions``: of those that share a name no line can say which."""
    return union if unions.get(union.name) == union.pk else None


class WithoutPhone:
    """Counts whom a roll leaves without a phone: who is new without one, or had none before."""

    def __init__(self) -> None:
        self.new = 0
        self.known = list[int]()

    def add(self, warnings: Sequence[str], effect: str, member_id: int | None) -> None:
        """One row more, with its warnings."""
        if "NO_PHONE" not in warnings:
            return
        if member_id is None:
            self.new += effect == RollRow.Effect.NEW
        elif effect != RollRow.Effect.ELSEWHERE:
            self.known.append(member_id)

    def count(self) -> int:
        """How many people; one statement if some of them are known."""
        if not self.known:
            return self.new
        known = Member.objects.filter(pk__any_of=self.known, phone_index="")
        return self.new + known.count()
