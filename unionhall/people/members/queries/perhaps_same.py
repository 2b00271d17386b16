"""Somebody new on a roll who has the name of somebody whom the roll leaves out of the same union.

Perhaps she is one person, and one of the two numbers was mistyped. Nobody but a person can tell.
"""

from __future__ import annotations

from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser

from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member, Newcomer, RollImport, RollRow
from unionhall.people.members.queries.rolls import open_absences

AT_MOST = 100  # of more it is not a slip of the pen


class PerhapsSame(NamedTuple):
    """A row of the roll, and who may be meant by it."""

    sheet: str
    row: int
    member: Member


def perhaps_same(roll: RollImport, user: User | AnonymousUser | None) -> list[PerhapsSame]:
    """In the order of the file; nobody once what was read of the roll was let go. At most three looks."""
    new = Newcomer.objects.filter(roll_import=roll)
    absent = open_absences(roll, user).filter(
        membership__member__name__in=new.values("name"),
    )
    missed = {
        (one.membership.union.name, one.membership.member.name): one.membership.member
        for one in absent[:AT_MOST]
    }
    if not missed:
        return []
    named = new.filter(name__in={name for _union, name in missed})
    there = {
        place: missed[union, name]
        for place, union, name in named.order_by("place").values_list("place", "union", "name")
        if (union, name) in missed
    }
    rows = RollRow.objects.filter(roll_import=roll, place__in=list(there)[:AT_MOST])
    placed = rows.order_by("place").values_list("place", "sheet", "row")
    return [PerhapsSame(sheet, row, there[place]) for place, sheet, row in placed]
