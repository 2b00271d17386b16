"""Members are told what became of their union: people stand below notices, so that the telling is done up here."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.urls import reverse

from unionhall.base.sweep import Sweep, one_by_one
from unionhall.kernel.notify import actions as notify
from unionhall.people.members import actions as members
from unionhall.people.members.models import Reorganisation

State = Reorganisation.State
AT_ONCE = 200


def tell_of_reorganisations() -> int:
    """Each member once of each deed that carried her, in slices: a worker that dies is followed by another."""
    untold = Reorganisation.objects.filter(told__lt=F("gone")).order_by("pk")
    return one_by_one(_tell_all, list(untold.values_list("pk", flat=True)))


def _tell_all(deed_id: int) -> int:
    told = 0
    while (heard := _tell_next(deed_id)) is not None:
        told += heard
    return told


@transaction.atomic
def _tell_next(deed_id: int) -> int | None:
    """How many of a slice; ``None`` when nobody waits any more."""
    taken = members.take_up_to_tell(deed_id, limit=AT_ONCE)
    if taken is None:
        return None
    deed, memberships = taken
    back = deed.state in {State.UNDOING, State.UNDONE}
    for one in memberships:
        notify.send(
            one.member,
            "members/union_changed",
            kind="back" if back else deed.kind,
            union=deed.union.name,
            other=deed.other.name,
            url=reverse("corrections:new", args=["other"]),
        )
    return len(memberships)


SWEEPS = [Sweep(tell_of_reorganisations, seconds=10)]
