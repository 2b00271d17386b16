from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from unionhall.base.invariant import Invariant
from unionhall.domain.enrolment.models import Application, Transfer
from unionhall.people.members.models import TransferRequest


def _accepted_onto_no_roll() -> Iterator[str]:
    accepted = Application.objects.filter(case__stage="accepted", member=None)
    for pk in accepted.order_by("pk").values_list("pk", flat=True):
        yield f"application {pk}"


def _done_without_consent() -> Iterator[str]:
    """Done, and the old union did not agree; or not even asked it."""
    agreed = Q(request__state=TransferRequest.State.AGREED)
    done = Transfer.objects.filter(case__stage="done").exclude(agreed)
    for pk in done.order_by("pk").values_list("pk", flat=True):
        yield f"transfer {pk}"


INVARIANTS = [
    Invariant("Whoever was accepted into a union is somebody on a roll", _accepted_onto_no_roll),
    Invariant("Nobody was transferred without the old union's consent", _done_without_consent),
]
