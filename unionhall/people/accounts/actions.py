"""Sign in by phone and code; consent; wish for a larger page; guard a desk by a second factor."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from typing import NamedTuple

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from unionhall.base.clock import now_in_database
from unionhall.base.encryption import blind_index, blind_indexes
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts import rules
from unionhall.people.accounts.models import (
    PHONE,
    Consent,
    SecondFactorGuard,
    SignInCode,
    Tally,
    User,
)
from unionhall.people.accounts.queries import (
    codes_asked_for,
    has_consented,
    live_consents,
    totp_codes_around,
    totp_secret_of,
)

ONE_PHONE_AT_A_TIME = 6238  # the first half of the advisory key; the second is of the phone
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


class Asked(NamedTuple):
    """A code that was asked for: its row, which the browser's session names, and the code, which only the phone gets."""

    ask: SignInCode
    code: str


class WrongCode(Refused):
    """The digits do not match, or there is no live code to match."""

    code = "wrong_code"


class TooManyTries(Refused):
    """Come back later: a limit was reached."""

    code = "too_many_tries"


# == A code for a phone ==


@transaction.atomic
def ask_code(phone: str, *, asked_from: str) -> Asked:
    """Make a code for an 11-digit phone; the caller sends it in the same transaction.

    Does the same work whether somebody has this phone or not. ``asked_from`` is a network address; only its keyed hash
    is kept. Raises ``TooManyTries`` when the phone, the address or everybody together asked too often.
    """
    index = blind_index(phone, purpose=PHONE)
    _one_at_a_time(index)
    now = now_in_database()
    _keep_pace(index, now)
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
    _count(f"address:{place}:{now:%Y%m%d%H}", most=settings.SIGN_IN_CODES_PER_ADDRESS, until=now + HOUR)
    day = timezone.localtime(now).date()
    _count(f"everybody:{day}", most=settings.SIGN_IN_CODES_PER_DAY, until=now + DAY)  # the hot row, so the last
    return Asked(ask, code)


def _one_at_a_time(phone_index: str) -> None:
    """Two asks for one phone wait for each other, else both would see that none was sent."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [ONE_PHONE_AT_A_TIME, phone_index])


def _keep_pace(phone_index: str, now: dt.datetime) -> None:
    wait = rules.seconds_to_wait(codes_asked_for(phone_index, since=now - rules.LONGEST_WINDOW), now)
    if wait:
        raise TooManyTries(
            _("这次没有发验证码。"),
            why=_("同一个号码 1 分钟发 1 次，1 小时最多 5 次，1 天最多 10 次，免得有人拿它骚扰你。"),
            next=_("{wait}后可以再发。刚才收到的验证码 5 分钟内还能用。").format(wait=_in_words(wait)),
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
    """Count one more under ``key``; the row decides who is over."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Tally._meta.db_table} AS tally (key, count, forget_at) VALUES (%s, 1, %s)"  # noqa: S608 — our own name
            " ON CONFLICT (key) DO UPDATE SET count = tally.count + 1 WHERE tally.count < %s",
            [key, until, most],
        )
        if cursor.rowcount:
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
    codes, _per_model = SignInCode.objects.filter(sent_at__lt=Now() - rules.CODES_REMEMBERED).delete()
    tallies, _per_model = Tally.objects.filter(forget_at__lt=Now()).delete()
    return codes + tallies


# == The code comes back ==


def sign_in(ask_id: int | None, code: str, *, consents: Iterable[str] = ()) -> User:
    """The login behind the code that row ``ask_id`` asked for; made at the first time.

    Two transactions on purpose: a wrong guess stays counted whatever comes after. Raises ``WrongCode``; ``Refused``
    for a login that was stopped, or for one that has not agreed to the privacy notice.
    """
    ask, right = _guess(ask_id, code)
    if ask is None or (not right and not ask.guesses_left):
        raise _no_live_code()
    if not right:
        raise WrongCode(
            _("验证码对不上。"),
            why=_("还可以试 {n} 次。").format(n=ask.guesses_left),
            next=_("看看最近一条短信里的 6 个数字。"),
        )
    return _let_in(ask, tuple(consents))


@transaction.atomic(durable=True)
def _guess(ask_id: int | None, code: str) -> tuple[SignInCode | None, bool]:
    """Spend one guess, and whether it was right; the row decides who still has one, however many ask at once."""
    live = SignInCode.objects.filter(pk=ask_id, used_at=None, guesses_left__gt=0, expires_at__gt=Now())
    if not live.update(guesses_left=F("guesses_left") - 1):
        return None, False
    ask = SignInCode.objects.get(pk=ask_id)
    typed = blind_indexes(f"{ask.phone}:{code}", purpose="sign_in_code")
    right = any([constant_time_compare(ask.code_hash, one) for one in typed])  # noqa: C419 — each one is compared
    if not right:
        ledger.record("accounts.code_guessed_wrong", ask, guesses_left=ask.guesses_left)
    return ask, right


def _no_live_code() -> WrongCode:
    return WrongCode(
        _("这个验证码不能用了。"),
        why=_("验证码 5 分钟内有效，只能用一次，最多试 5 次。"),
        next=_("再要一个。"),
        code="no_live_code",
    )


@transaction.atomic
def _let_in(ask: SignInCode, consents: tuple[str, ...]) -> User:
    """Use the code up and find, or make, the login of its phone."""
    if not SignInCode.objects.filter(pk=ask.pk, used_at=None, expires_at__gt=Now()).update(used_at=Now()):
        raise _no_live_code()
    user = _login_of(ask.phone)
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
    ledger.record("accounts.signed_in", user, by=user)
    return user


def _login_of(phone: str) -> User:
    """The login of a phone; two first sign-ins at once make one."""
    known = User.objects.with_phone(phone).first()
    if known:
        return known
    try:
        with transaction.atomic():
            user = User.objects.create_user(phone)
            ledger.record("accounts.login_made", user, by=user)
            return user
    except IntegrityError:
        return User.objects.with_phone(phone).get()


# == What she agrees to, and how she wants to read ==


@transaction.atomic
def give_consent(user: User, kind: str, version: str = rules.CONSENT_VERSION) -> Consent:
    """Her separate consent to one thing, in the version that she could read; twice is once."""
    live = live_consents(user).filter(kind=kind)
    same = live.filter(version=version).first()
    if same:
        return same
    live.update(withdrawn_at=Now())  # a new text replaces the consent to the old one
    consent, new = Consent.objects.get_or_create(user=user, kind=kind, withdrawn_at=None, defaults={"version": version})
    if new:
        ledger.record("accounts.consent_given", user, by=user, kind=kind, version=version)
    return consent


@transaction.atomic
def withdraw_consent(user: User, kind: str) -> None:
    """As easy as giving it (PIPL art. 15); what was done before stays lawful."""
    if live_consents(user).filter(kind=kind).update(withdrawn_at=Now()):
        ledger.record("accounts.consent_withdrawn", user, by=user, kind=kind)


@transaction.atomic
def prefer(
    user: User,
    *,
    text_size: str | None = None,
    theme: str | None = None,
    language: str | None = None,
    more_time: bool | None = None,
) -> None:
    """Note how she wants her pages; what is None stays as it is. More time for quizzes goes on the ledger."""
    wishes = {"text_size": text_size, "theme": theme, "language": language, "more_time": more_time}
    chosen = {field: wish for field, wish in wishes.items() if wish is not None}
    User.objects.filter(pk=user.pk).update(**chosen)
    for field, wish in chosen.items():
        setattr(user, field, wish)
    if more_time is not None:
        ledger.record("accounts.more_time_chosen", user, by=user, more_time=more_time)


# == The second factor of a desk ==


@transaction.atomic
def enrol_totp(user: User, *, secret: str, code: str) -> list[str]:
    """Keep the key of her authenticator, proved by its present code; her recovery codes, shown this once.

    Replaces an earlier authenticator and its recovery codes. Raises ``WrongCode``.
    """
    steps = [step for step, shown in totp_codes_around(secret, now_in_database()).items() if shown == code]
    if not steps:
        raise WrongCode(
            _("动态码对不上。"),
            why=_("动态码每 30 秒换一个，手机和这里的时间差不能超过半分钟。"),
            next=_("看看验证器里现在的 6 个数字；手机时间请设成自动。"),
        )
    return _keep_totp(user, secret, last_step=max(steps))


@transaction.atomic
def enrol_totp_for_demo(user: User, secret: str) -> None:
    """Give a login of the demonstration a known key (base32), without a code to prove it."""
    _keep_totp(user, secret, last_step=0)


def _keep_totp(user: User, secret: str, *, last_step: int) -> list[str]:
    User.objects.select_for_update().get(pk=user.pk)  # two enrolments at once: one after the other
    Authenticator.objects.filter(user=user).delete()
    TOTP.activate(user, secret)
    SecondFactorGuard.objects.update_or_create(
        user=user,
        defaults={"last_step": last_step, "tries_left": rules.SECOND_FACTOR_TRIES, "refills_at": None},
    )
    ledger.record("accounts.second_factor_enrolled", user, by=user)
    return list(RecoveryCodes.activate(user).generate_codes())


@transaction.atomic
def renew_recovery_codes(user: User) -> list[str]:
    """Ten new recovery codes, shown this once; the old ones are void."""
    User.objects.select_for_update().get(pk=user.pk)
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    ledger.record("accounts.recovery_codes_renewed", user, by=user)
    return list(RecoveryCodes.activate(user).generate_codes())


@transaction.atomic
def drop_second_factor(user: User, *, by: User | None) -> None:
    """Forget an authenticator that was lost, after an operator has made sure who asks; she enrols anew."""
    Authenticator.objects.filter(user=user).delete()
    SecondFactorGuard.objects.filter(user=user).delete()
    ledger.record("accounts.second_factor_dropped", user, by=by)


def pass_second_factor(user: User, code: str) -> None:
    """Nothing when ``code`` is right, of her authenticator or one of her recovery codes, and was never used.

    Two transactions on purpose, as in ``sign_in``. Raises ``WrongCode`` or ``TooManyTries``.
    """
    left = _spend_a_try(user)
    if left is None:
        raise TooManyTries(
            _("先停一停。"),
            why=_("15 分钟里错了 5 次。"),
            next=_("15 分钟后再试。验证器丢了，请找管理员核对身份后重设。"),
        )
    if not _is_second_factor(user, code):
        raise WrongCode(
            _("动态码对不上，或者已经用过一次。"),
            why=_("还可以试 {n} 次。").format(n=left),
            next=_("等验证器换下一个数字再输。"),
        )


@transaction.atomic(durable=True)
def _spend_a_try(user: User) -> int | None:
    """Spend one try and say how many are left; None when there was none. They refill 15 minutes after the first."""
    SecondFactorGuard.objects.get_or_create(user=user)
    rested = Q(refills_at=None) | Q(refills_at__lte=Now())
    guard = SecondFactorGuard.objects.filter(rested | Q(tries_left__gt=0), user=user)
    spent = guard.update(
        tries_left=Case(When(rested, then=Value(rules.SECOND_FACTOR_TRIES - 1)), default=F("tries_left") - 1),
        refills_at=Case(When(rested, then=Now() + rules.SECOND_FACTOR_REFILL), default=F("refills_at")),
    )
    return SecondFactorGuard.objects.get(user=user).tries_left if spent else None


@transaction.atomic
def _is_second_factor(user: User, code: str) -> bool:
    """Whether the code is right; then it is used up, and all tries are hers again."""
    if len(code) == rules.CODE_DIGITS:
        right = _use_step(user, code)
    else:
        right = _use_recovery_code(user, code)
    if right:
        SecondFactorGuard.objects.filter(user=user).update(tries_left=rules.SECOND_FACTOR_TRIES, refills_at=None)
        ledger.record("accounts.second_factor_passed", user, by=user)
    else:
        ledger.record("accounts.second_factor_failed", user, by=user)
    return right


def _use_step(user: User, code: str) -> bool:
    """The row decides: a step that was used, or is older than one that was, is refused."""
    secret = totp_secret_of(user)
    if secret is None:
        return False
    codes = totp_codes_around(secret, now_in_database())
    steps = [step for step, shown in codes.items() if constant_time_compare(shown, code)]
    unused = SecondFactorGuard.objects.filter(user=user, last_step__lt=max(steps, default=0))
    return bool(unused.update(last_step=max(steps, default=0)))


def _use_recovery_code(user: User, code: str) -> bool:
    codes = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return bool(codes and RecoveryCodes(codes).validate_code(code))
