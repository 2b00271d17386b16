from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from unionhall.base.clock import now_in_database
from unionhall.base.invariant import Invariant
from unionhall.people.webhooks.models import Attempt, Event
from unionhall.people.webhooks.rules import KEPT


def told_outside() -> Iterator[str]:
    """Events of a kind that their receiver did not ask for, or from before it was registered."""
    for event in Event.objects.select_related("receiver").iterator():
        receiver = event.receiver
        if event.kind not in receiver.kinds or event.entry_id <= receiver.after_entry:
            yield f"event {event.pk}"


def delivered_unheard() -> Iterator[str]:
    """Events that count as delivered though nobody answered so."""
    heard = Attempt.objects.filter(event=OuterRef("pk"), status__gte=200, status__lt=300)
    for event in Event.objects.filter(~Exists(heard), state=Event.State.DELIVERED).iterator():
        yield f"event {event.pk}"


def kept_too_long() -> Iterator[str]:
    """Events that were settled long ago."""
    before = now_in_database() - KEPT * 2
    for event in Event.objects.filter(settled_at__lt=before).iterator():
        yield f"event {event.pk}"


INVARIANTS = [
    Invariant("A receiver is told what it asked for, since it asked.", told_outside),
    Invariant("An event counts as delivered when its receiver said so.", delivered_unheard),
    Invariant("Settled events are let go in time.", kept_too_long),
]
