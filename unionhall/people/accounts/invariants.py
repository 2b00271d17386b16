from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, OuterRef
from django.db.models.functions import TruncDay
from django.utils import timezone

from unionhall.base.encryption import blind_indexes
from unionhall.base.invariant import Invariant
from unionhall.people.accounts import rules
from unionhall.people.accounts.models import (
    PHONE,
    Arrival,
    Consent,
    Session,
    SignInCode,
    Tally,
    User,
)
from unionhall.people.accounts.queries import SECOND_FACTORS

if TYPE_CHECKING:
    from collections.abc import Iterator


A_DAY = dt.timedelta(days=1)  # the sweeps come more often


def flooded_phones() -> Iterator[str]:
    """Phones that got more codes on a calendar day than the pace allows in any 24 hours."""
    most = max(pace.count for pace in rules.PHONE_PACES)
    days = SignInCode.objects.values("phone_index", day=TruncDay("sent_at")).annotate(
        sent=Count("id")
    )
    return (
        f"phone {one['phone_index']} on {one['day']:%F}: {one['sent']}"
        for one in days.filter(sent__gt=most)
    )


def logins_without_consent() -> Iterator[str]:
    """Logins that were entered by a code although nobody ever agreed to the privacy notice."""
    agreed = Consent.objects.filter(user=OuterRef("pk"), kind=Consent.Kind.PRIVACY)
    came = SignInCode.objects.filter(phone_index=OuterRef("phone_index"), used_at__isnull=False)
    users = User.objects.filter(Exists(came), ~Exists(agreed))
    return (f"user {pk}" for pk in users.values_list("pk", flat=True))


def unfindable_logins() -> Iterator[str]:
    """Logins whose phone cannot be found by its blind index."""
    users = User.objects.only("pk", "phone", "phone_index").iterator(chunk_size=1000)
    return (
        f"user {user.pk}"
        for user in users
        if user.phone_index not in blind_indexes(user.phone, purpose=PHONE)
    )


def authenticators_without_recovery() -> Iterator[str]:
    """Authenticators whose loss would lock their owner out."""
    recovery = Authenticator.objects.filter(
        user=OuterRef("user"), type=Authenticator.Type.RECOVERY_CODES
    )
    factors = Authenticator.objects.filter(~Exists(recovery), type__in=SECOND_FACTORS)
    return (f"user {pk}" for pk in factors.values_list("user_id", flat=True))


def kept_too_long() -> Iterator[str]:
    """Codes, tallies and sessions that no limit and no visitor needs any more."""
    old = timezone.now() - A_DAY
    codes = SignInCode.objects.filter(sent_at__lt=old - rules.CODES_REMEMBERED)
    yield from (f"code {pk}" for pk in codes.values_list("pk", flat=True))
    arrivals = Arrival.objects.filter(came_at__lt=old - rules.ARRIVALS_REMEMBERED)
    yield from (f"arrival {pk}" for pk in arrivals.values_list("pk", flat=True))
    tallies = Tally.objects.filter(forget_at__lt=old)
    yield from (f"tally {pk}" for pk in tallies.values_list("pk", flat=True))
    sessions = Session.objects.filter(expire_date__lt=old).count()
    if sessions:
        yield f"{sessions} sessions"


INVARIANTS = [
    Invariant(
        "No phone was sent more sign-in codes in a day than the pace allows.", flooded_phones
    ),
    Invariant(
        "Whoever signed in by a code had agreed to the privacy notice.", logins_without_consent
    ),
    Invariant("Every login is found by the blind index of its phone.", unfindable_logins),
    Invariant("Every authenticator comes with recovery codes.", authenticators_without_recovery),
    Invariant("Codes, tallies and sessions are let go when they have served.", kept_too_long),
]
