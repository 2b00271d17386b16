"""What django-allauth asks the house."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.utils.translation import gettext as _

from unionhall.base.encryption import seal, unseal

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest  # noqa: TID251 — allauth's face

PURPOSE = "mfa_authenticator.data"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up through allauth's own pages: a login begins with a code by text message."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 — allauth's face
        """Never."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        """Nothing: no login has an e-mail address."""


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keys of authenticator apps stand sealed in the database; the label names nobody."""

    def encrypt(self, text: str) -> str:
        """Sealed, as base64: the column is JSON."""
        return base64.b64encode(seal(text, purpose=PURPOSE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The reverse; raises ``InvalidTag`` when it was changed."""
        return unseal(base64.b64decode(encrypted_text), purpose=PURPOSE)

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """What the authenticator app shows: no phone number, for the app may copy it elsewhere."""
        return str(user)

    def get_totp_issuer(self) -> str:
        """The product."""
        return _("职工之家")
