"""Offers and their vouchers: open, show to a member without her phone, replace, remind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.sweep import one_by_one
from unionhall.domain.welfare.models import ExpiryReminder, Merchant, Replacement, VoucherOffer
from unionhall.domain.welfare.queries import lapsing_vouchers
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.rules import NotUsable
from unionhall.kernel.notify import actions as notify

if TYPE_CHECKING:
    from unionhall.kernel.allotment.models import Claim, Pool
    from unionhall.people.accounts.models import User
    from unionhall.people.unions.models import Union


@transaction.atomic
def open_offer(
    *,
    by: User,
    union: Union,
    merchant: Merchant,
    title: str,
    face_value: int,
    terms: str,
    pool: Pool,
    claimed_by_members: bool = False,
) -> VoucherOffer:
    """Say what the claims of ``pool`` are worth at ``merchant``; ``face_value`` in cents."""
    offer = VoucherOffer.objects.create(
        pool=pool,
        union=union,
        merchant=merchant,
        title=title,
        face_value=face_value,
        terms=terms,
        claimed_by_members=claimed_by_members,
    )
    ledger.record(
        "welfare.offer_opened",
        offer,
        by=by,
        union_id=union.pk,
        pool=pool.pk,
        merchant=merchant.pk,
        face_value=face_value,
    )
    return offer


@transaction.atomic
def show_voucher(claim: Claim, *, by: User, why: str, checked: str) -> None:
    """Note that an officer opened a member's voucher for her: why, and how the person was checked.

    ``why`` and ``checked`` are codes of ``forms.PersonChecked``, for the ledger keeps no free text.
    """
    _record_on_desk("welfare.voucher_shown", claim, by=by, why=why, checked=checked)


@transaction.atomic
def replace_voucher(claim: Claim, *, by: User, why: str, checked: str) -> Claim:
    """Give the voucher a new number after checking the person; the former one is refused.

    Of two presses that saw the same number the second gets the same answer: no number is replaced twice.
    """
    replacement, is_first = Replacement.objects.get_or_create(
        former_number=claim.number,
        defaults={"claim": claim, "at": now_in_database(), "by": by},
    )
    if not is_first:
        return replacement.claim
    try:
        renewed = allotment.renumber(claim, by=by)
    except NotUsable:
        raise _not_replaceable() from None
    _record_on_desk("welfare.voucher_replaced", claim, by=by, why=why, checked=checked)
    notify.send(
        renewed.member, "welfare/voucher_replaced", voucher=claim.pk, title=claim.pool.offer.title
    )
    return renewed


def _not_replaceable() -> Refused:
    return Refused(
        _("没换。"),
        why=_("这张券已经用过、过期或退回，换号没有用。"),
        next=_("在核销记录里能看到它是什么时候、在哪里用的。"),
        code="not_replaceable",
    )


def _record_on_desk(action: str, claim: Claim, *, by: User, why: str, checked: str) -> None:
    ledger.record(
        action, claim, by=by, union_id=claim.pool.offer.union_id, why=why, checked=checked
    )


def remind_of_expiry(limit: int = 500) -> int:
    """Remind owners three days before a voucher lapses; returns how many were told.

    Safe to kill and to repeat: the reminder's row is unique.
    """
    due = lapsing_vouchers(now=now_in_database(), limit=limit)
    offers = VoucherOffer.objects.select_related("merchant").in_bulk(
        {offer_id for _claim, offer_id in due}
    )
    offer_of = {claim_id: offers[offer_id] for claim_id, offer_id in due}

    def remind(claim_id: int) -> bool:
        return _remind(claim_id, offer_of[claim_id])

    return one_by_one(remind, offer_of)


@transaction.atomic
def _remind(claim_id: int, offer: VoucherOffer) -> bool:
    reminder, new = ExpiryReminder.objects.get_or_create(claim_id=claim_id)
    if new:
        claim = reminder.claim
        notify.send(
            claim.member,
            "welfare/voucher_expiring",
            url=reverse("welfare:voucher", args=[claim_id]),
            title=offer.title,
            yuan=offer.yuan,
            merchant=offer.merchant.name,
            at=claim.expires_at,
        )
        ledger.record("welfare.expiry_reminded", claim, union_id=offer.union_id)
    return new
