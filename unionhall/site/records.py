"""Who looked at somebody's data and who changed it, from the ledger, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unionhall.base.ledger.queries import entries_of_any
from unionhall.people.unions.queries import told

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from unionhall.base.ledger.models import Entry
    from unionhall.people.accounts.models import User
    from unionhall.people.members.models import Member
    from unionhall.people.unions.queries.tree import Told


def entries_about(user: User, member: Member | None) -> QuerySet[Entry]:
    """Of her login and of her on the roll, newest first."""
    return entries_of_any([user, *([member] if member else [])])


def lines_about(user: User, member: Member | None, *, most: int) -> list[Told]:
    """The newest as sentences."""
    return told(entries_about(user, member)[:most])
