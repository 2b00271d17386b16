from __future__ import annotations

import datetime as dt  # here, because ninja reads the annotations
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest  # likewise
from ninja import Router, Schema

from unionhall.base.clock import now_in_database
from unionhall.domain.welfare import actions, rules
from unionhall.domain.welfare.queries import clerk_of, vouchers_of
from unionhall.people.members.queries import member_of

if TYPE_CHECKING:
    from unionhall.domain.welfare.models import Redemption
    from unionhall.kernel.allotment.models import Claim

router = Router()


class VoucherOut(Schema):
    """A voucher of the member who asks. ``face_value`` in cents (分)."""

    id: int
    number: str
    standing: str
    title: str
    face_value: int
    terms: str
    merchant: str
    address: str
    expires_at: dt.datetime | None
    used_at: dt.datetime | None


class NumberIn(Schema):
    """A voucher's number as it was scanned or typed."""

    number: str


class RedemptionOut(Schema):
    """A redemption, as the clerk's device needs it. ``face_value`` in cents (分)."""

    id: int
    at: dt.datetime
    title: str
    face_value: int
    merchant: str
    till: str


@router.get("/vouchers", response=list[VoucherOut], summary="My vouchers, newest first")
def my_vouchers(request: HttpRequest) -> list[VoucherOut]:
    """All vouchers of the member who is signed in; an empty list for a login without membership."""
    member = member_of(request.user)
    now = now_in_database()
    return [_voucher_out(claim, now) for claim in vouchers_of(member)] if member else []


@router.post("/redemptions", response=RedemptionOut, summary="Redeem a voucher")
def redeem(request: HttpRequest, given: NumberIn) -> RedemptionOut:
    """For a merchant's clerk. Twice within a minute is once; every no is a 409 with its code."""
    clerk = clerk_of(request.user)
    if clerk is None:
        raise PermissionDenied
    return _redemption_out(actions.redeem_voucher(given.number, clerk=clerk))


def _voucher_out(claim: Claim, now: dt.datetime) -> VoucherOut:
    offer = claim.pool.offer
    return VoucherOut(
        id=claim.pk,
        number=claim.number,
        standing=rules.standing(claim.state, claim.expires_at, now),
        title=offer.title,
        face_value=offer.face_value,
        terms=offer.terms,
        merchant=offer.merchant.name,
        address=offer.merchant.address,
        expires_at=claim.expires_at,
        used_at=claim.used_at,
    )


def _redemption_out(redemption: Redemption) -> RedemptionOut:
    offer = redemption.claim.pool.offer
    return RedemptionOut(
        id=redemption.pk,
        at=redemption.at,
        title=offer.title,
        face_value=offer.face_value,
        merchant=redemption.merchant.name,
        till=str(redemption.clerk),
    )
