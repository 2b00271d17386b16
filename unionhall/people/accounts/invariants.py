from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, OuterRef
from django.db.models.functions import TruncDay

from unionhall.base.encryption import blind_indexes
from unionhall.base.invariant import Invariant
from unionhall.people.accounts import rules
from unionhall.people.accounts.models import PHONE, Consent, SignInCode, User

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    totps = Authenticator.objects.filter(~Exists(recovery), type=Authenticator.Type.TOTP)
    return (f"user {pk}" for pk in totps.values_list("user_id", flat=True))


INVARIANTS = [
    Invariant(
        "No phone was sent more sign-in codes in a day than the pace allows.", flooded_phones
    ),
    Invariant(
        "Whoever signed in by a code had agreed to the privacy notice.", logins_without_consent
    ),
    Invariant("Every login is found by the blind index of its phone.", unfindable_logins),
    Invariant("Every authenticator comes with recovery codes.", authenticators_without_recovery),
]
