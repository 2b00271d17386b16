"""One order of locks, so that deeds wait for each other and never in a circle.

First the roll, then the union that somebody comes to, then people by their ids, then what hangs on them. A person's row stands for her
memberships, too: whoever changes one of them holds her, and needs no lock on the membership.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from unionhall.base import lookups  # noqa: F401 — any_of
from unionhall.people.members.models import Member, RollImport
from unionhall.people.unions.actions import refuse_closed
from unionhall.people.unions.models import Union


def hold_roll(roll: RollImport, *, state: str) -> bool:
    """Hold the roll until the deed is done; false when it is not, or not any more, in that state."""
    held = RollImport.objects.select_for_update(of=("self",), no_key=True)
    return held.filter(pk=roll.pk, state=state).values_list("pk").first() is not None


def hold_open(union: Union) -> None:
    """Hold the union open until the deed is done; ``Refused`` if it is closed by now.

    Shared: many may come at once, and whoever closes it waits for all of them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT closed_on FROM unions_union WHERE id = %s FOR SHARE", [union.pk])
        row = cursor.fetchone()
    if row and row[0]:
        refuse_closed(Union.objects.select_related("successor").get(pk=union.pk))


def hold_people(ids: Iterable[int], *, to_delete: bool = False) -> None:
    """Hold these members until the deed is done; look at them afterwards, not before.

    ``to_delete``: not even a row that points at one of them may be made meanwhile.
    """
    held = Member.objects.select_for_update(of=("self",), no_key=not to_delete)
    list(held.filter(pk__any_of=list(ids)).order_by("pk").values_list("pk"))
