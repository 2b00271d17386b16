"""Her copy is asked for, written by a job, fetched and let go; her account is closed after some days, unless she says no."""

from __future__ import annotations

import base64
import datetime as dt
import logging
from collections.abc import Callable

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.encryption import blind_index, blind_indexes
from unionhall.base.errors import Refused
from unionhall.base.exports.leases import renewed
from unionhall.base.ledger import actions as ledger
from unionhall.base.sweep import one_by_one
from unionhall.people.accounts.actions import end_all_sessions
from unionhall.people.accounts.models import (
    PHONE,
    Consent,
    Identity,
    SecondFactorGuard,
    SignInCode,
    User,
)
from unionhall.people.personal.models import Closing, Copy
from unionhall.people.personal.queries import closings_due, copies_to_write, open_closing

log = logging.getLogger(__name__)

LEASE, RENEWED = dt.timedelta(seconds=60), dt.timedelta(seconds=15)
TURNS = 3  # whatever kills every worker that takes it up is not taken up for ever
KEPT = dt.timedelta(days=7)
# GB/T 35273-2020 §8.5 d) allows 15 working days at most; seven days are time enough to change one's mind.
DAYS_TO_THINK = dt.timedelta(days=7)
Write = Callable[[User], bytes]  # the zip of somebody's copy


# == The copy ==
@transaction.atomic
def ask_copy(user: User) -> Copy:
    """A new copy of all that is held of her; while one is at work, that one."""
    now = now_in_database()
    try:
        with transaction.atomic():
            copy = Copy.objects.create(
                user=user, language=translation.get_language() or "", asked_at=now
            )
    except IntegrityError:
        return Copy.objects.defer("content").get(
            user=user, state__in=[Copy.State.WAITING, Copy.State.RUNNING]
        )
    ledger.record("personal.copy_asked", user, by=user, copy=copy.pk)
    return copy


def write_copies(write: Write) -> int:
    """Write those that wait; how many."""
    return one_by_one(
        lambda copy_id: write_copy(copy_id, write),
        list(copies_to_write().values_list("pk", flat=True)),
    )


def write_copy(copy_id: int, write: Write) -> bool:
    """Write one, unless another worker is at it. Nothing is there before the last statement."""
    mine = (
        copies_to_write()
        .filter(pk=copy_id)
        .update(
            state=Copy.State.RUNNING, turn=F("turn") + 1, leased_until=now_in_database() + LEASE
        )
    )
    if not mine:
        return False
    copy = Copy.objects.select_related("user").defer("content").get(pk=copy_id)
    if copy.turn > TURNS:
        return bool(_ours(copy).update(state=Copy.State.FAILED))
    try:
        with renewed(lambda: _renew(copy), every=RENEWED), translation.override(copy.language):
            content = base64.b64encode(write(copy.user)).decode()
    except Exception:
        log.exception("Copy %s could not be written.", copy.pk)
        return bool(_ours(copy).update(state=Copy.State.FAILED))
    return _hand_over(copy, content)


@transaction.atomic
def _hand_over(copy: Copy, content: str) -> bool:
    """The newest is enough: those before it are let go."""
    Copy.objects.filter(user=copy.user, pk__lt=copy.pk).delete()
    done = {"state": Copy.State.DONE, "content": content, "written_at": now_in_database()}
    return bool(_ours(copy).update(**done))


def _renew(copy: Copy) -> bool:
    return bool(_ours(copy).update(leased_until=now_in_database() + LEASE))


def _ours(copy: Copy) -> models.QuerySet[Copy]:
    """The row, as long as nobody took it over."""
    return Copy.objects.filter(pk=copy.pk, state=Copy.State.RUNNING, turn=copy.turn)


@transaction.atomic
def fetch_copy(copy: Copy, *, by: User) -> bytes:
    """The zip, for herself alone. Raises ``Refused`` where there is none."""
    kept = Copy.objects.filter(pk=copy.pk, user=by, state=Copy.State.DONE)
    content = kept.values_list("content", flat=True).first()
    if content is None:
        raise Refused(
            _("没有下载。"),
            why=_("这一份还没写好，或者过了 7 天，删了。"),
            next=_("再要一份，写好就能下载。"),
            code="copy_not_there",
        )
    ledger.record("personal.copy_fetched", by, by=by, copy=copy.pk)
    return base64.b64decode(content)


@transaction.atomic
def forget_copies_of(user_id: int, *, by: User) -> None:
    """This login is not that person's any more: her copies are let go, also one that is being written."""
    gone, _per_model = Copy.objects.filter(user_id=user_id).delete()
    if gone:
        ledger.record("personal.copies_let_go", User.objects.get(pk=user_id), by=by, copies=gone)


def forget_old_copies() -> int:
    """After a week they are gone; how many."""
    return Copy.objects.filter(asked_at__lt=now_in_database() - KEPT).delete()[0]


# == The account ==
@transaction.atomic
def ask_closing(user: User) -> Closing:
    """Close her account in ``DAYS_TO_THINK``; until then all goes on. Asked again, the same.

    Whether she holds an office or a till is for the caller to refuse.
    """
    User.objects.select_for_update(no_key=True).get(
        pk=user.pk
    )  # a second press waits for the first
    already = open_closing(user)
    if already:
        return already
    now = now_in_database()
    closing = Closing.objects.create(user=user, asked_at=now, due_at=now + DAYS_TO_THINK)
    ledger.record("personal.closing_asked", user, by=user, days=DAYS_TO_THINK.days)
    return closing


@transaction.atomic
def take_closing_back(user: User) -> None:
    """She changed her mind. Raises ``Refused`` when there is nothing to take back."""
    open_now = Closing.objects.filter(user=user, taken_back_at=None, done_at=None)
    if not open_now.update(taken_back_at=now_in_database()):
        raise Refused(
            _("没有什么可以撤的。"),
            why=_("你没有申请注销，或者已经撤过了。"),
            code="no_closing",
        )
    ledger.record("personal.closing_taken_back", user, by=user)


def close_due(erase: Callable[[User], None], *, may: Callable[[User], bool]) -> int:
    """Close the accounts whose days are over, as far as they ``may`` be; how many.

    ``erase`` lets go of what other apps hold, in the same transaction.
    """
    due = list(closings_due().values_list("pk", flat=True))
    return one_by_one(lambda pk: _close(pk, erase, may), due)


@transaction.atomic
def _close(closing_id: int, erase: Callable[[User], None], may: Callable[[User], bool]) -> bool:
    """By one worker, and not if it was taken back at the last moment: the row decides."""
    user = User.objects.select_for_update().get(closings=closing_id)
    due = closings_due().filter(pk=closing_id)
    if not may(user) or not due.update(done_at=now_in_database()):
        return False
    erase(user)
    _empty(user)
    ledger.record("personal.account_erased", user, by=None)
    return True


def _empty(user: User) -> None:
    """What is left of a login is its number, which the ledger and what she did for others name."""
    SignInCode.objects.filter(phone_index__in=blind_indexes(user.phone, purpose=PHONE)).delete()
    end_all_sessions(user)
    for table in (Authenticator, EmailAddress, SecondFactorGuard, Identity):
        table.objects.filter(user=user).delete()
    Consent.objects.filter(user=user, withdrawn_at=None).update(withdrawn_at=now_in_database())
    Copy.objects.filter(user=user).delete()
    nobody = f"closed {user.pk}"
    User.objects.filter(pk=user.pk).update(
        name="", phone=nobody, phone_index=blind_index(nobody, purpose=PHONE), is_active=False,
        is_staff=False, text_size="", theme="", language="", more_time=False,
    )  # fmt: skip
