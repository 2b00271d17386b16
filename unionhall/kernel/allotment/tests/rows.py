"""A crowd, quickly: rows that the tests of a rush need."""

from __future__ import annotations

import datetime as dt
from itertools import count

from unionhall.people.members.models import Member, Membership
from unionhall.people.unions.models import Union

JOINED = dt.date(2020, 1, 1)
_numbers = count(1)


def a_crowd(number: int, union: Union) -> list[Member]:
    """So many live members, in a handful of statements."""
    nth = [next(_numbers) for _member in range(number)]
    rows = [
        Member(name="周白露", id_kind="resident", id_number=f"99{n:016}", id_index=f"t:{n}")
        for n in nth
    ]
    members = Member.objects.bulk_create(rows)
    Membership.objects.bulk_create(
        Membership(member=m, union=union, joined_on=JOINED) for m in members
    )
    return members
