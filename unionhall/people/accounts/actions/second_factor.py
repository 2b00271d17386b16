"""The second factor of a desk: an authenticator app, and recovery codes for the day it is lost."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts import rules
from unionhall.people.accounts.actions.refusals import TooManyTries, WrongCode
from unionhall.people.accounts.actions.sessions import end_all_sessions
from unionhall.people.accounts.models import SecondFactorGuard, User
from unionhall.people.accounts.queries import totp_codes_around, totp_secret_of


@transaction.atomic
def enrol_totp(user: User, *, secret: str, code: str) -> list[str]:
    """Keep the key of her authenticator, proved by its present code; returns recovery codes.

    Replaces an earlier authenticator and its recovery codes. Raises ``WrongCode``.
    """
    steps = [
        step
        for step, shown in totp_codes_around(secret, now_in_database()).items()
        if shown == code
    ]
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
    Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN).delete()
    TOTP.activate(user, secret)
    SecondFactorGuard.objects.update_or_create(
        user=user,
        defaults={
            "last_step": last_step,
            "tries_left": rules.SECOND_FACTOR_TRIES,
            "refills_at": None,
        },
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
    """Forget a lost authenticator, passkeys and a password, after an operator made sure who asks; she enrols anew.

    Ends all her sessions: where the authenticator was lost, a phone with an open desk was, too.
    """
    Authenticator.objects.filter(user=user).delete()
    SecondFactorGuard.objects.filter(user=user).delete()
    user.set_unusable_password()  # it was half of a pair
    user.save(update_fields=["password"])
    end_all_sessions(user)
    ledger.record("accounts.second_factor_dropped", user, by=by)


def pass_second_factor(user: User, code: str) -> None:
    """Let her pass by a code of her authenticator, or a recovery code, that was never used.

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
    """Spend one try; how many are left, or None when there was none.

    They refill 15 minutes after the first.
    """
    SecondFactorGuard.objects.get_or_create(user=user)
    rested = Q(refills_at=None) | Q(refills_at__lte=Now())
    guard = SecondFactorGuard.objects.filter(rested | Q(tries_left__gt=0), user=user)
    spent = guard.update(
        tries_left=Case(
            When(rested, then=Value(rules.SECOND_FACTOR_TRIES - 1)), default=F("tries_left") - 1
        ),
        refills_at=Case(
            When(rested, then=Now() + rules.SECOND_FACTOR_REFILL), default=F("refills_at")
        ),
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
        SecondFactorGuard.objects.filter(user=user).update(
            tries_left=rules.SECOND_FACTOR_TRIES, refills_at=None
        )
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
