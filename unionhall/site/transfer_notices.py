"""Both sides of a transfer are told: people stand below notices, so that the telling is done up here."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse

from unionhall.base.sweep import Sweep, one_by_one
from unionhall.kernel.notify import actions as notify
from unionhall.people.members import actions as members
from unionhall.people.members.queries.transfers import transfers_to_tell, who_is_to_hear

AT_ONCE = 200


def tell_of_transfers() -> int:
    """A notice of each new state, once to each."""
    return one_by_one(_tell, list(transfers_to_tell().values_list("pk", flat=True)[:AT_ONCE]))


@transaction.atomic
def _tell(request_id: int) -> int:
    request = members.note_told(request_id)
    if request is None:
        return 0
    heard = list(who_is_to_hear(request))
    for member in heard:
        own = member.pk == request.member_id
        notify.send(
            member,
            "members/moved" if own else f"members/transfer_{request.state}",
            name=request.member.name,
            union=request.to_union.name,
            url=reverse("me") if own else reverse("members_desk:transfer", args=[request.pk]),
        )
    return len(heard)


SWEEPS = [Sweep(tell_of_transfers, seconds=10)]
