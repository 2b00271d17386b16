from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.db.models.functions import Now

from unionhall.base.encryption import blind_indexes
from unionhall.people.accounts import rules
from unionhall.people.accounts.login import Outsider
from unionhall.people.accounts.models import (
    IDENTITY,
    Arrival,
    Consent,
    Identity,
    Session,
    SignInCode,
    User,
)

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser
    from django.db import models

SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_consented(user: User, kind: str) -> bool:
    """Whether her consent of this kind is live."""
    return live_consents(user).filter(kind=kind).exists()


def live_consents(user: User) -> models.QuerySet[Consent]:
    """What she has agreed to and not withdrawn."""
    return Consent.objects.filter(user=user, withdrawn_at=None)


def sessions_of(user: User) -> list[Session]:
    """Where she is signed in, what was used last first."""
    live = Session.objects.filter(user=user, expire_date__gt=Now()).defer("session_data")
    return list(live.order_by("-used_at", "-began_at"))


def session_of(user: User, mark: str) -> Session | None:
    """The one of her sessions that bears this mark."""
    return next((one for one in sessions_of(user) if one.mark == mark), None)


def identity_of(who: Outsider) -> Identity | None:
    """Whose identity it is, with the login."""
    same = Identity.objects.filter(
        issuer=who.issuer, subject_index__in=blind_indexes(who.subject, purpose=IDENTITY)
    )
    return same.select_related("user").first()


def identity_with(user: User, identity_id: int) -> Identity | None:
    """The one of hers that has this number."""
    return Identity.objects.filter(user=user, pk=identity_id).first()


def waiting_arrival(arrival_id: int) -> Arrival | None:
    """Somebody who came back and waits to be bound."""
    waiting = Arrival.objects.filter(pk=arrival_id, used_at=None, expires_at__gt=Now())
    return waiting.exclude(who=None).first()


def codes_asked_for(phone_indexes: list[str], *, since: dt.datetime) -> list[dt.datetime]:
    """When codes were sent to the phone of these indexes, newest first."""
    sent = SignInCode.objects.filter(phone_index__in=phone_indexes, sent_at__gt=since)
    return list(sent.order_by("-sent_at").values_list("sent_at", flat=True))


def unused_code(ask_id: int) -> SignInCode | None:
    """The code that was asked for, unless it let somebody in; it may be too old to be typed in."""
    return SignInCode.objects.filter(pk=ask_id, used_at=None).first()


def has_second_factor(user: User | AnonymousUser) -> bool:
    """Whether she has an authenticator or a passkey."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=SECOND_FACTORS).exists())


def passkeys_of(user: User | AnonymousUser) -> list[Authenticator]:
    """Her passkeys, the first one first."""
    hers = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN)
    return list(hers.order_by("created_at", "pk"))


def passkey_of_credential(credential_id: str, *, lock: bool = False) -> Authenticator | None:
    """The passkey with this id, as a browser writes it (base64url)."""
    same = Authenticator.objects.filter(
        type=Authenticator.Type.WEBAUTHN, data__credential__id=credential_id
    )
    same = same.select_for_update() if lock else same
    return same.first() if credential_id else None


def login_waiting(user_id: int) -> User | None:
    """Who has shown a password in this browser and not yet the other half, unless she was stopped."""
    return User.objects.filter(pk=user_id, is_active=True).first()


def recovery_codes_left(user: User) -> int:
    """How many of her recovery codes are unused; 0 when she has none."""
    codes = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(codes.wrap().get_unused_codes()) if codes else 0


def totp_secret_of(user: User) -> str | None:
    """The key of her authenticator, in base32; None when she has none."""
    authenticator = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return decrypt(authenticator.data["secret"]) if authenticator else None


def totp_code(secret: str, step: int) -> str:
    """The six digits that an authenticator with this key shows in this step (RFC 6238)."""
    return str(format_hotp_value(hotp_value(secret, step)))


def totp_codes_around(secret: str, now: dt.datetime) -> dict[int, str]:
    """The codes accepted at ``now``, by their step: one before and one after, for clocks differ."""
    step = rules.step_of(now)
    return {one: totp_code(secret, one) for one in (step - 1, step, step + 1)}
