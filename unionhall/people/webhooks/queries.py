"""Receivers with what they are worth today, and what they were told."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from unionhall.people.accounts.models import User
from unionhall.people.programs.queries import offices_over
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of
from unionhall.people.webhooks.models import Event, Receiver


def receivers_with_state(*, on: dt.date | None = None) -> QuerySet[Receiver]:
    """All; each has its ``state`` of a day, today when none is named."""
    kind = Receiver.State
    state = Case(
        When(stopped_at__isnull=False, then=Value(kind.STOPPED.value)),
        When(~Exists(offices_over(on or timezone.localdate())), then=Value(kind.ISSUER_LEFT.value)),
        default=Value(kind.LIVE.value),
        output_field=CharField(),
    )
    return Receiver.objects.annotate(state=state).select_related("union", "issued_by")


def live_receivers() -> QuerySet[Receiver]:
    """To whom something goes out."""
    return receivers_with_state().filter(state=Receiver.State.LIVE)  # type: ignore[misc]  # annotated there


def receivers_in_charge(
    user: User | AnonymousUser, *, query: str = "", state: str = ""
) -> QuerySet[Receiver]:
    """Those of unions that ``user`` runs, newest first, with how much waits and how much was given up."""
    found = receivers_with_state().filter(union__in=in_charge_of(user))
    if query:
        found = found.filter(Q(name__contains=query) | Q(union__name__contains=query))
    if state:
        found = found.filter(state=state)  # type: ignore[misc]  # annotated there
    kind = Event.State
    return found.annotate(
        due=Count("events", filter=Q(events__state=kind.DUE)),
        given_up=Count("events", filter=Q(events__state=kind.GIVEN_UP)),
    ).order_by("-pk")


def receiver_in_charge(user: User | AnonymousUser, receiver_id: int) -> Receiver:
    """One of them, else ``Receiver.DoesNotExist``."""
    return receivers_in_charge(user).get(pk=receiver_id)


def events_of(receiver: Receiver, *, state: str = "") -> QuerySet[Event]:
    """What it was told, newest first, each with its attempts."""
    found = receiver.events.prefetch_related("attempts")
    return (found.filter(state=state) if state else found).order_by("-pk")


def event_in_charge(user: User | AnonymousUser, event_id: int) -> Event:
    """One of a receiver that she may see, else ``Event.DoesNotExist``."""
    mine = in_charge_of(user)
    return Event.objects.select_related("receiver").get(pk=event_id, receiver__union__in=mine)


def deaf_within(unions: QuerySet[Union]) -> QuerySet[Receiver]:
    """Live receivers of these unions with events that were given up; an officer may have them sent again."""
    given_up = Event.objects.filter(receiver=OuterRef("pk"), state=Event.State.GIVEN_UP)
    return live_receivers().filter(Exists(given_up), union__in=unions).order_by("pk")
