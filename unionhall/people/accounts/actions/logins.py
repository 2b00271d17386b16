"""The login of a phone, and whether it may come in."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts.actions.wishes import give_consent
from unionhall.people.accounts.models import Consent, User
from unionhall.people.accounts.queries import has_consented


def agreed_or_refused(user: User, consents: Iterable[str] = ()) -> None:
    """Note what she agrees to. Raises ``Refused`` for a login that was stopped or never agreed to the notice."""
    if not user.is_active:
        raise Refused(
            _("没有登录：这个账号停用了。"),
            why=_("管理员停用了它，你的会籍不受影响。"),
            next=_("想问原因，请打 12351，或者找你的工会。"),
            code="account_stopped",
        )
    for kind in consents:
        give_consent(user, kind)
    if not has_consented(user, Consent.Kind.PRIVACY):
        raise Refused(
            _("没有登录：你还没有同意隐私说明。"),
            why=_("没有你的同意，我们不能用你的手机号。"),
            next=_("回到登录页，看一遍隐私说明再决定。"),
            code="no_consent",
        )


def login_of(phone: str, *, by: User | None = None) -> User:
    """The login of a phone, made when there is none; two first ones at once make one.

    ``by`` enters somebody else, who consents at her own first sign-in.
    """
    known = User.objects.with_phone(phone).first()
    if known:
        return known
    try:
        with transaction.atomic():
            user = User.objects.create_user(phone)
            ledger.record("accounts.login_made", user, by=by or user)
            return user
    except IntegrityError:
        return User.objects.with_phone(phone).get()
