"""Passkeys: a key in her phone or computer that only her finger, face or PIN lets sign (WebAuthn Level 3).

The rows are allauth's; what a browser is asked and what it answers is checked by fido2. The state of an errand comes from
the session and goes back there: it names the challenge, and its caller takes it out before it is used.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.webauthn.internal.auth import WebAuthn, get_credentials
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from fido2.server import Fido2Server
from fido2.webauthn import (
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts import rules
from unionhall.people.accounts.actions.logins import agreed_or_refused
from unionhall.people.accounts.models import SecondFactorGuard, User
from unionhall.people.accounts.queries import passkey_of_credential, passkeys_of

logger = logging.getLogger(__name__)
MUST = (
    UserVerificationRequirement.REQUIRED
)  # by it a passkey is two factors: what she has, and is or knows


@dataclass(frozen=True)
class Site:
    """For whom passkeys are: the host without its port, and the origin that a browser must name."""

    host: str
    origin: str

    def server(self) -> Fido2Server:
        """What asks and checks; no origin but ours, though another may share the host."""
        party = PublicKeyCredentialRpEntity(name=_("职工之家"), id=self.host)
        return Fido2Server(party, verify_origin=lambda origin: origin == self.origin)


class WrongPasskey(Refused):
    """What the browser sent proves nothing."""

    code = "wrong_passkey"


def ask_to_make(user: User, site: Site) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a browser is asked to make a passkey, and the state to hold it to. The label names nobody."""
    name = str(user)
    asked, state = site.server().register_begin(
        PublicKeyCredentialUserEntity(id=str(user.pk).encode(), name=name, display_name=name),
        get_credentials(user),
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=MUST,
    )
    return dict(asked), dict(state)


@transaction.atomic
def keep_passkey(
    user: User, credential: Mapping[str, Any], *, state: Mapping[str, Any], site: Site, name: str
) -> list[str]:
    """Keep a passkey she has just made; her first recovery codes, if she had none. Raises ``Refused``."""
    User.objects.select_for_update().get(pk=user.pk)
    if len(passkeys_of(user)) >= rules.PASSKEYS_MOST:
        raise Refused(
            _("没有连上：通行密钥太多了。"),
            why=_("一个登录最多 {n} 个。").format(n=rules.PASSKEYS_MOST),
            next=_("先删掉不用的。"),
            code="too_many_passkeys",
        )
    try:
        site.server().register_complete(dict(state), dict(credential))
    except (ValueError, TypeError, KeyError) as error:
        raise _wrong(error) from error
    if passkey_of_credential(str(credential.get("id", ""))):
        raise _wrong(ValueError("a credential that is known"))
    WebAuthn.add(user, name[: rules.PASSKEY_NAME], dict(credential))
    SecondFactorGuard.objects.get_or_create(user=user)
    ledger.record("accounts.passkey_kept", user, by=user)
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).exists():
        return []
    return list(RecoveryCodes.activate(user).generate_codes())


def ask_to_sign(user: User | None, site: Site) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a browser is asked to sign: by one of hers, or by any that it has for this site."""
    credentials = get_credentials(user) if user else None
    asked, state = site.server().authenticate_begin(credentials, user_verification=MUST)
    return dict(asked), dict(state)


@transaction.atomic
def pass_by_passkey(
    signed: Mapping[str, Any], *, state: Mapping[str, Any], site: Site, user: User | None = None
) -> User:
    """Whose passkey signed. Raises ``WrongPasskey``, or ``Refused`` for a login that may not come in."""
    held = passkey_of_credential(str(signed.get("id", "")), lock=True)
    if held is None or (user and held.user_id != user.pk):
        raise _wrong(ValueError("a credential that is not known"))
    data = held.wrap().authenticator_data
    try:
        answer = AuthenticationResponse.from_dict(dict(signed))
        site.server().authenticate_complete(dict(state), [data.credential_data], answer)
    except (ValueError, TypeError, KeyError) as error:
        raise _wrong(error) from error
    handle = answer.response.user_handle
    if handle and handle != str(held.user_id).encode():
        raise _wrong(ValueError("of somebody else"))
    _demand_no_copy(held, answer.response.authenticator_data.counter)
    agreed_or_refused(held.user)
    held.last_used_at = timezone.now()
    held.save(update_fields=["data", "last_used_at"])
    ledger.record("accounts.second_factor_passed", held.user, by=held.user, by_passkey=True)
    owner: User = held.user
    return owner


def _demand_no_copy(held: Authenticator, counter: int) -> None:
    """Two that hold one key count apart (WebAuthn §6.1.1): who counts backwards is a copy. Many do not count at all."""
    last = held.data.get("counter", 0)
    if counter <= last and (counter or last):
        raise _wrong(ValueError("it counts backwards"))
    held.data["counter"] = counter


def _wrong(error: Exception) -> WrongPasskey:
    logger.info("a passkey was refused: %s", error)
    return WrongPasskey(
        _("这个通行密钥没有通过。"),
        why=_("它不是这个登录的，或者不是在这个网址上做的，或者等得太久。"),
        next=_("再试一次；还不行，用动态码或备用码。"),
    )


@transaction.atomic
def drop_passkey(user: User, passkey_id: int) -> None:
    """One passkey less. Raises ``Refused`` for the last second factor of somebody who has one."""
    User.objects.select_for_update().get(pk=user.pk)
    others = Authenticator.objects.filter(user=user).exclude(pk=passkey_id)
    if not others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
        raise Refused(
            _("没有删：这是你最后一个第二道门。"),
            why=_("没有它，工作台就没有人守着。"),
            next=_("先连上验证器或者另一个通行密钥，再删这一个。"),
            code="last_second_factor",
        )
    gone, _per_model = Authenticator.objects.filter(
        pk=passkey_id, user=user, type=Authenticator.Type.WEBAUTHN
    ).delete()
    if gone:
        ledger.record("accounts.passkey_dropped", user, by=user)
