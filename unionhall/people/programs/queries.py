"""Keys with what they are worth today: it follows from their dates and from their issuer's office."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.models import AnonymousUser
from django.db.models import (
    Case,
    CharField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils import timezone

from unionhall.people.accounts.models import User
from unionhall.people.programs.models import ProgramKey
from unionhall.people.programs.rules import WARN_DAYS, digest_of
from unionhall.people.unions.models import Office, Union
from unionhall.people.unions.queries import IN_CHARGE, in_charge_of, in_office, under


def keys_with_state(*, on: dt.date | None = None) -> QuerySet[ProgramKey]:
    """All keys; each has its ``state`` of a day, today when none is named."""
    day = on or timezone.localdate()
    kind = ProgramKey.State
    state = Case(
        When(revoked_at__isnull=False, then=Value(kind.REVOKED.value)),
        When(ends_on__lt=day, then=Value(kind.ENDED.value)),
        When(~Exists(offices_over(day)), then=Value(kind.ISSUER_LEFT.value)),
        default=Value(kind.LIVE.value),
        output_field=CharField(),
    )
    return ProgramKey.objects.annotate(state=state).select_related("union", "issued_by")


def offices_over(day: dt.date) -> QuerySet[Office]:
    """Of what has a ``union`` and is ``issued_by`` somebody: her live offices at that union or above it.

    None of one who may not sign in.
    """
    path = ExpressionWrapper(OuterRef("union__path"), output_field=CharField())
    return (
        in_office(on=day)
        .annotate(key_path=path)
        .filter(
            key_path__startswith=F("union__path"),
            user=OuterRef("issued_by"),
            user__is_active=True,
            role__in=IN_CHARGE,
        )
    )


def keys_in_charge(
    user: User | AnonymousUser, *, query: str = "", state: str = ""
) -> QuerySet[ProgramKey]:
    """The keys of unions that ``user`` runs, newest first; by a part of a name or by the beginning."""
    keys = keys_with_state().filter(union__in=in_charge_of(user))
    if query:
        keys = keys.filter(
            Q(name__contains=query) | Q(union__name__contains=query) | Q(prefix=query[:11])
        )
    if state:
        keys = keys.filter(state=state)  # type: ignore[misc]  # annotated there
    return keys.order_by("-pk")


def ending_within(unions: QuerySet[Union], *, on: dt.date | None = None) -> QuerySet[ProgramKey]:
    """Live keys of these unions that end within ``WARN_DAYS`` and have no successor that lives longer."""
    day = on or timezone.localdate()
    last = day + dt.timedelta(days=WARN_DAYS)
    longer = ProgramKey.objects.filter(
        union=OuterRef("union"), name=OuterRef("name"), revoked_at=None, ends_on__gt=last
    )
    ending = keys_with_state(on=day).filter(~Exists(longer), union__in=unions, ends_on__lte=last)
    live = ending.filter(state=ProgramKey.State.LIVE)  # type: ignore[misc]  # annotated there
    return live.order_by("ends_on", "pk")


def key_in_charge(user: User | AnonymousUser, key_id: int) -> ProgramKey:
    """One of them, else ``ProgramKey.DoesNotExist``."""
    return keys_in_charge(user).get(pk=key_id)


def key_shown(secret: str) -> tuple[ProgramKey, str] | None:
    """The key behind a secret, with its state of today.

    Found by the digest in an index: how long that takes tells nothing of a secret of 256 bits.
    """
    key = keys_with_state().filter(digest=digest_of(secret)).first()
    return (key, str(key.state)) if key else None  # type: ignore[attr-defined]  # annotated there


def reach_of(key: ProgramKey) -> QuerySet[Union]:
    """The unions for which a live key may act."""
    return under(key.union)
