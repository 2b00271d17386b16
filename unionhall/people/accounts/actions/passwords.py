"""A password, for officers who want one: beside a second factor, never alone.

Source of the rules: NIST SP 800-63B-4 §3.1.1.2 (length, a list of common ones, no make-up of signs, no expiry).
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.encryption import blind_index
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts import rules
from unionhall.people.accounts.actions.logins import agreed_or_refused
from unionhall.people.accounts.actions.refusals import TooManyTries
from unionhall.people.accounts.actions.sessions import end_all_sessions
from unionhall.people.accounts.actions.tallies import count_one, count_one_less
from unionhall.people.accounts.models import PHONE, User
from unionhall.people.accounts.queries import has_second_factor

HOUR = dt.timedelta(hours=1)


class WrongPassword(Refused):
    """Phone and password do not go together, whichever of them is wrong."""

    code = "wrong_password"


@transaction.atomic
def choose_password(user: User, password: str) -> None:
    """A first one or another one; ends all her sessions. Raises ``Refused``."""
    if not has_second_factor(user):
        raise Refused(
            _("没有设：先连上验证器或通行密钥。"),
            why=_("光有密码不够安全，要两样一起用。"),
            next=_("连好以后再来设密码。"),
            code="no_second_factor",
        )
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(
            _("没有设：这个密码不行。"),
            why=" ".join(error.messages),
            next=_("换一个长一点的，比如四个不相干的词。"),
            code="weak_password",
        ) from error
    user.set_password(password)
    user.save(update_fields=["password"])
    end_all_sessions(user)
    ledger.record("accounts.password_chosen", user, by=user)


@transaction.atomic
def drop_password(user: User) -> None:
    """Back to codes by text message; ends all her sessions."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    end_all_sessions(user)
    ledger.record("accounts.password_dropped", user, by=user)


def try_password(phone: str, password: str, *, asked_from: str) -> User:
    """Whose phone and password these are: the first of two factors. The same work for a phone that is nobody's.

    A pair of phone and network is held after some wrong ones, and a network after many; no login is ever locked, so that
    nobody can lock somebody else's. Raises ``WrongPassword``, ``TooManyTries``, ``Refused``.
    """
    counted = _count_as_wrong(phone, asked_from)
    user = User.objects.with_phone(phone).first()
    if user is None or not user.has_usable_password():
        make_password(password)  # takes as long as to compare one
        raise _wrong()
    if not user.check_password(password) or not has_second_factor(user):
        with transaction.atomic():
            ledger.record("accounts.password_wrong", user)
        raise _wrong()
    for key in counted:
        count_one_less(key)
    agreed_or_refused(user)
    return user


@transaction.atomic(durable=True)
def _count_as_wrong(phone: str, asked_from: str) -> list[str]:
    """Counted before it is compared, so that two hundred at once are two hundred; the tallies' keys."""
    now = now_in_database()
    place = blind_index(rules.network_of(asked_from), purpose="address")
    pair = f"password:{blind_index(phone, purpose=PHONE)}:{place}:{now:%Y%m%d%H}"
    from_there = f"password:{place}:{now:%Y%m%d%H}"
    limits = {pair: rules.PASSWORD_TRIES, from_there: settings.SIGN_IN_WRONG_CODES_PER_ADDRESS}
    for key, most in limits.items():
        if not count_one(key, most=most, until=now + HOUR):
            raise TooManyTries(
                _("先停一停。"),
                why=_("从这个网络输错的密码太多，免得有人挨个猜。你的登录没有锁。"),
                next=_("一小时后再试，或者现在用手机验证码登录。"),
                code="too_many_wrong",
            )
    return list(limits)


def _wrong() -> WrongPassword:
    return WrongPassword(
        _("手机号和密码对不上。"),
        why=_("可能是其中一个输错了，也可能没有设过密码。"),
        next=_("再看一遍，或者用手机验证码登录。"),
    )
