"""At the till: look a number up, redeem the voucher, undo what was a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.ledger import actions as ledger
from unionhall.domain.welfare import rules
from unionhall.domain.welfare.models import Clerk, Redemption, VoucherOffer
from unionhall.domain.welfare.queries import redemption_of, replacement_of, voucher_with
from unionhall.domain.welfare.rules import refusals
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.rules import (
    NotUsable,
    normal_number,
    number_is_well_formed,
    to_the_second,
)
from unionhall.kernel.notify import actions as notify

if TYPE_CHECKING:
    import datetime as dt

    from unionhall.kernel.allotment.models import Claim
    from unionhall.people.accounts.models import User


def redeem_voucher(number: str, *, clerk: Clerk) -> Redemption:
    """Hand in the voucher of ``number`` at the clerk's shop; the claim's row decides who was first.

    The same clerk's second click within a minute gets the same redemption again. Raises
    ``Miswritten``, ``UnknownNumber``, ``TooManyUnknown``, ``ReplacedNumber``, ``AnotherShop``,
    ``AlreadyUsed`` (with when, where and at which till), ``Lapsed`` or ``Dismissed``.
    """
    claim, offer = _look_up(number, clerk)
    return _redeem(claim, offer, clerk)


def check_voucher(number: str, *, clerk: Clerk) -> tuple[Claim, VoucherOffer]:
    """The usable voucher that ``number`` names; nothing is consumed.

    Refuses as redeeming does, and a used one always: a look that answered "yes, by you" to the
    clerk who has just redeemed it would have her hand out a second time.
    """
    claim, offer = _look_up(number, clerk)
    if (
        rules.standing(claim.state, claim.expires_at, now_in_database())
        is not rules.Standing.USABLE
    ):
        raise _why_not(claim, offer)
    return claim, offer


def _look_up(number: str, clerk: Clerk) -> tuple[Claim, VoucherOffer]:
    """The voucher of this shop that ``number`` names, used or not.

    In a transaction of its own: a number that does not exist stays counted although it is refused.
    """
    if not number_is_well_formed(number):
        raise refusals.Miswritten
    _spend_a_try(clerk)
    found = voucher_with(number)
    if found is None:
        raise _replaced(normal_number(number)) or refusals.UnknownNumber()
    _give_the_try_back(clerk)
    claim, offer = found
    if offer.merchant_id != clerk.merchant_id:
        raise refusals.AnotherShop(offer)
    return claim, offer


def _replaced(number: str) -> refusals.ReplacedNumber | None:
    replacement = replacement_of(number)
    return refusals.ReplacedNumber(replacement.at) if replacement else None


def _spend_a_try(clerk: Clerk) -> None:
    """Count the number as unknown before the look: a burst of guesses cannot outrun the count."""
    now = now_in_database()
    mine = Clerk.objects.filter(pk=clerk.pk, dismissed_at=None)
    window_over = Q(counted_from=None) | Q(counted_from__lte=now - rules.UNKNOWN_NUMBERS_WINDOW)
    if mine.filter(window_over).update(counted_from=now, unknown_numbers=1):
        return
    if mine.filter(unknown_numbers__lt=rules.UNKNOWN_NUMBERS_ALLOWED).update(
        unknown_numbers=F("unknown_numbers") + 1
    ):
        return
    raise refusals.TooManyUnknown if mine.exists() else refusals.Dismissed


def _give_the_try_back(clerk: Clerk) -> None:
    Clerk.objects.filter(pk=clerk.pk, unknown_numbers__gt=0).update(
        unknown_numbers=F("unknown_numbers") - 1
    )


@transaction.atomic
def _redeem(claim: Claim, offer: VoucherOffer, clerk: Clerk) -> Redemption:
    try:
        used = allotment.use(claim, by=clerk.user)
    except NotUsable:
        no = _why_not(claim, offer)
        if isinstance(no, refusals.AlreadyUsed) and _is_echo(no.redemption, clerk):
            return no.redemption
        raise no from None
    if used.number != claim.number:  # renumbered between the look and the deed: the row is ours now
        raise _replaced(claim.number) or refusals.UnknownNumber()
    redemption = Redemption.objects.create(
        claim=used,
        merchant=clerk.merchant,
        clerk=clerk,
        at=used.used_at,  # type: ignore[misc]  # a constraint says that it is there
    )
    ledger.record(
        "welfare.voucher_redeemed",
        redemption,
        by=clerk.user,
        union_id=offer.union_id,
        claim=claim.pk,
        merchant=clerk.merchant_id,
        clerk=clerk.pk,
    )
    notify.send(used.member, "welfare/voucher_redeemed", **_told(redemption, offer))
    return redemption


def _why_not(claim: Claim, offer: VoucherOffer) -> refusals.AlreadyUsed | refusals.Lapsed:
    """Redeemed before (perhaps by this very click), or lapsed."""
    redemption = redemption_of(claim)
    return refusals.AlreadyUsed(redemption) if redemption else refusals.Lapsed(claim, offer)


def _is_echo(redemption: Redemption, clerk: Clerk) -> bool:
    mine = redemption.clerk_id == clerk.pk
    return rules.is_echo(redemption.at, now_in_database(), by_the_same_clerk=mine)


def _told(redemption: Redemption, offer: VoucherOffer) -> dict[str, Any]:
    """What the member's notice says."""
    return {
        "url": reverse("welfare:voucher", args=[redemption.claim_id]),
        "title": offer.title,
        "yuan": offer.yuan,
        "merchant": redemption.merchant.name,
        "at": redemption.at,
    }


@transaction.atomic
def undo_redemption(redemption: Redemption, *, by: User, reason: str) -> Redemption:
    """Give the voucher back, within 24 hours; the member and the shop both read the reason.

    Raises ``CannotUndo`` when it is too late, when it was undone already, or without a reason.
    """
    now = now_in_database()
    _refuse_if_too_late_or_unexplained(redemption, now, reason)
    live = Redemption.objects.live().filter(pk=redemption.pk)
    if not live.update(undone_at=now, undone_by=by, undo_reason=reason.strip()):
        raise refusals.CannotUndo(
            _("已经撤销过了。"), why=_("同一次核销只能撤销一次。"), next=_("券已经回到顾客手里。")
        )
    offer = VoucherOffer.objects.get(pool__claims=redemption.claim_id)
    allotment.undo_use(redemption.claim, by=by)
    redemption.refresh_from_db()
    ledger.record(
        "welfare.redemption_undone",
        redemption,
        by=by,
        union_id=offer.union_id,
        claim=redemption.claim_id,
        merchant=redemption.merchant_id,
    )
    notify.send(
        redemption.claim.member,
        "welfare/redemption_undone",
        reason=reason.strip(),
        **_told(redemption, offer),
    )
    return redemption


def _refuse_if_too_late_or_unexplained(
    redemption: Redemption, now: dt.datetime, reason: str
) -> None:
    if not reason.strip():
        raise refusals.CannotUndo(
            _("没撤销。"), why=_("还没写原因。"), next=_("写一句话，顾客和店里都会看到。")
        )
    if not rules.may_be_undone(redemption.at, now):
        raise refusals.CannotUndo(
            _("没撤销。"),
            why=_("{moment} 核销，超过 24 小时了，款已经按用过结算。").format(
                moment=to_the_second(redemption.at)
            ),
            next=_("请打工会电话 12351，由工会给顾客补。"),
        )
