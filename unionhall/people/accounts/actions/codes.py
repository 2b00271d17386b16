"""Sign in by phone and code."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from unionhall.base.clock import now_in_database
from unionhall.base.encryption import blind_index, blind_indexes
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts import rules
from unionhall.people.accounts.actions.identities import Tell, bind, bring_in
from unionhall.people.accounts.actions.logins import agreed_or_refused, login_of
from unionhall.people.accounts.actions.refusals import TooManyTries, WrongCode
from unionhall.people.accounts.actions.tallies import count_one, count_one_less
from unionhall.people.accounts.models import PHONE, Arrival, SignInCode, Tally, User
from unionhall.people.accounts.queries import codes_asked_for

if TYPE_CHECKING:
    from collections.abc import Iterable

ONE_PHONE_AT_A_TIME = 6238  # the first half of the advisory key; the second is of the phone
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


class Asked(NamedTuple):
    """A code that was asked for: its row, which the browser's session names, and its digits."""

    ask: SignInCode
    code: str


@transaction.atomic
def ask_code(phone: str, *, asked_from: str) -> Asked:
    """Make a code for an 11-digit phone; the caller sends it in the same transaction.

    Does the same work whether somebody has this phone or not. ``asked_from`` is a network address;
    only its keyed hash is kept. Raises ``TooManyTries`` when the phone, the address or everybody
    together asked too often.
    """
    index = blind_index(phone, purpose=PHONE)
    _one_at_a_time(index)
    now = now_in_database()
    _keep_pace(phone, now)
    place = blind_index(rules.network_of(asked_from), purpose="address")
    code = f"{secrets.randbelow(10**rules.CODE_DIGITS):0{rules.CODE_DIGITS}}"
    ask = SignInCode.objects.create(
        phone=phone,
        phone_index=index,
        code_hash=blind_index(f"{phone}:{code}", purpose="sign_in_code"),
        sent_at=now,
        expires_at=now + rules.CODE_LIVES,
        asked_from=place,
    )
    _count(
        f"address:{place}:{now:%Y%m%d%H}", most=settings.SIGN_IN_CODES_PER_ADDRESS, until=now + HOUR
    )
    day = timezone.localtime(now).date()
    _count(
        f"everybody:{day}", most=settings.SIGN_IN_CODES_PER_DAY, until=now + DAY
    )  # the hot row, so the last
    return Asked(ask, code)


def _one_at_a_time(phone_index: str) -> None:
    """Two asks for one phone wait for each other, else both would see that none was sent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [ONE_PHONE_AT_A_TIME, phone_index]
        )


def _keep_pace(phone: str, now: dt.datetime) -> None:
    """Counted under every key: a change of keys is no new day."""
    indexes = blind_indexes(phone, purpose=PHONE)
    wait = rules.seconds_to_wait(codes_asked_for(indexes, since=now - rules.LONGEST_WINDOW), now)
    if wait:
        raise TooManyTries(
            _("这次没有发验证码。"),
            why=_(
                "同一个号码 1 分钟发 1 次，1 小时最多 5 次，1 天最多 10 次，免得有人拿它骚扰你。"
            ),
            next=_("{wait}后可以再发。刚才收到的验证码 5 分钟内还能用。").format(
                wait=_in_words(wait)
            ),
        )


def _in_words(seconds: int) -> str:
    if seconds <= 60:  # noqa: PLR2004 — a minute
        return ngettext("{n} 秒", "{n} 秒", seconds).format(n=seconds)
    minutes = -(-seconds // 60)
    if minutes <= 60:  # noqa: PLR2004 — an hour
        return ngettext("{n} 分钟", "{n} 分钟", minutes).format(n=minutes)
    hours = -(-minutes // 60)
    return ngettext("{n} 小时", "{n} 小时", hours).format(n=hours)


def _count(key: str, *, most: int, until: dt.datetime) -> None:
    """Count one more text message; whoever is over gets none."""
    if count_one(key, most=most, until=until):
        return
    raise TooManyTries(
        _("现在发不出验证码。"),
        why=_("这会儿要验证码的人太多，短信先停一停，不是你的号码有问题。"),
        next=_("过一小时再试。急着办，请打 12351，或者到工会办公室当面办。"),
        code="sms_budget",
    )


@transaction.atomic
def forget_old_codes() -> int:
    """Forget codes and tallies that no limit needs any more; the number of rows."""
    codes, _per_model = SignInCode.objects.filter(
        sent_at__lt=Now() - rules.CODES_REMEMBERED
    ).delete()
    tallies, _per_model = Tally.objects.filter(forget_at__lt=Now()).delete()
    return codes + tallies


def sign_in(
    ask_id: int,
    code: str,
    *,
    consents: Iterable[str] = (),
    arrival: Arrival | None = None,
    tell: Tell | None = None,
) -> User:
    """The login behind the code that row ``ask_id`` asked for; made at the first time.

    Who came from elsewhere (``arrival``) is bound to it, or nobody is let in; ``tell`` is called for a way in that is new.

    Two transactions on purpose: a wrong guess stays counted whatever comes after. Raises
    ``WrongCode``; ``TooManyTries`` when too many were wrong again from where this one was asked for;
    ``Refused`` for a login that was stopped, or for one that has not agreed to the privacy notice.
    """
    return _let_in(_guessed(ask_id, code), tuple(consents), arrival, tell)


def prove_phone(user: User, ask_id: int, code: str) -> None:
    """``user``, who is signed in, holds her phone now: the code that row ``ask_id`` asked for is used up.

    Two transactions, and the same refusals, as in ``sign_in``.
    """
    ask = _guessed(ask_id, code)
    if ask.phone != user.phone:
        raise _no_live_code()
    with transaction.atomic():
        _use_up(ask)
        ledger.record("accounts.phone_proved", user, by=user)


def _guessed(ask_id: int, code: str) -> SignInCode:
    """The row of a code that was guessed right. Raises ``WrongCode``, ``TooManyTries``."""
    ask, right = _guess(ask_id, code)
    if ask is None or (not right and not ask.guesses_left):
        raise _no_live_code()
    if not right:
        raise WrongCode(
            _("验证码对不上。"),
            why=_("还可以试 {n} 次。").format(n=ask.guesses_left),
            next=_("看看最近一条短信里的 6 个数字。"),
        )
    return ask


@transaction.atomic(durable=True)
def _guess(ask_id: int, code: str) -> tuple[SignInCode | None, bool]:
    """Spend one guess, and whether it was right; the row decides who still has one."""
    live = SignInCode.objects.filter(
        pk=ask_id, used_at=None, guesses_left__gt=0, expires_at__gt=Now()
    )
    if not live.update(guesses_left=F("guesses_left") - 1):
        return None, False
    ask = SignInCode.objects.get(pk=ask_id)
    counted = None if _is_first_guess(ask) else _count_as_wrong(ask)
    typed = blind_indexes(f"{ask.phone}:{code}", purpose="sign_in_code")
    right = any([constant_time_compare(ask.code_hash, one) for one in typed])  # noqa: C419 — each one is compared
    if right and counted:
        count_one_less(counted)
    if not right:
        ledger.record("accounts.code_guessed_wrong", ask, guesses_left=ask.guesses_left)
    return ask, right


def _is_first_guess(ask: SignInCode) -> bool:
    """It is compared whatever others did from there, for a factory is one address.

    Who guesses once at each of many phones is held by what codes an address may ask for.
    """
    return ask.guesses_left == rules.GUESSES - 1


def _count_as_wrong(ask: SignInCode) -> str:
    """Count a guess as wrong before it is compared; the tally's key, to take a right one off again.

    Four more guesses at each of many phones are many guesses: all from one address share a limit,
    which right codes do not use up.
    """
    now = now_in_database()
    key = f"wrong:{ask.asked_from}:{now:%Y%m%d%H}"
    if count_one(key, most=settings.SIGN_IN_WRONG_CODES_PER_ADDRESS, until=now + HOUR):
        return key
    raise TooManyTries(
        _("现在不能验证码登录。"),
        why=_("从这个网络输错的验证码太多，先停一停，免得有人挨个猜。你的验证码没有作废。"),
        next=_("换成手机流量再要一个，或者过一小时再试。急着办，请到工会办公室当面办。"),
        code="too_many_wrong",
    )


def _no_live_code() -> WrongCode:
    return WrongCode(
        _("这个验证码不能用了。"),
        why=_("验证码 5 分钟内有效，只能用一次，最多试 5 次。"),
        next=_("再要一个。"),
        code="no_live_code",
    )


def _use_up(ask: SignInCode) -> None:
    """A code is good once: the row decides."""
    if not SignInCode.objects.filter(pk=ask.pk, used_at=None, expires_at__gt=Now()).update(
        used_at=Now()
    ):
        raise _no_live_code()


@transaction.atomic
def _let_in(
    ask: SignInCode, consents: tuple[str, ...], arrival: Arrival | None, tell: Tell | None
) -> User:
    """Use the code up and find, or make, the login of its phone."""
    _use_up(ask)
    user = login_of(ask.phone)
    agreed_or_refused(user, consents)
    if arrival:
        bind(user, bring_in(arrival), tell=tell)
    ledger.record("accounts.signed_in", user, by=user)
    return user
