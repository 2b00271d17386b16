"""Whom a merger, a split, a closing or its undoing has carried, and has not told yet: a slice a transaction."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from unionhall.people.members.models import Membership, Reorganisation

State = Reorganisation.State


@transaction.atomic
def take_up_to_tell(
    deed_id: int, *, limit: int = 200
) -> tuple[Reorganisation, list[Membership]] | None:
    """The deed and the next memberships it made; ``None`` when nobody waits, or another worker is at it.

    They are noted as told, so the notices belong into the same transaction. Whoever was carried later comes later:
    memberships are numbered as they are made.
    """
    untold = Reorganisation.objects.select_for_update(skip_locked=True, of=("self",))
    related = untold.select_related("union", "other")
    deed = related.filter(pk=deed_id, told__lt=F("gone")).first()
    if deed is None:
        return None
    back = deed.state in {State.UNDOING, State.UNDONE}
    made = Membership.objects.filter(
        pk__gt=deed.told_up_to,
        union=deed.union_id if back else deed.other_id,
        batch_id=deed.undo_entry_id if back else deed.entry_id,
    )
    slice_ = list(made.select_related("member").order_by("pk")[:limit])
    deed.told = min(deed.gone, deed.told + len(slice_)) if slice_ else deed.gone
    deed.told_up_to = slice_[-1].pk if slice_ else deed.told_up_to
    deed.save(update_fields=["told", "told_up_to"])
    return deed, [one for one in slice_ if one.left_on is None]
