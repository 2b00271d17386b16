"""Her own vouchers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema

from unionhall.base.clock import now_in_database
from unionhall.domain.welfare import rules
from unionhall.domain.welfare.models import Redemption
from unionhall.domain.welfare.queries import undone_redemptions, voucher_of, vouchers_of
from unionhall.people.members.queries import member_of

if TYPE_CHECKING:
    from unionhall.kernel.allotment.models import Claim

router = Router()


class VoucherOut(Schema):
    """A voucher of the member who asks. ``face_value`` in cents (分)."""

    id: int
    number: str
    standing: str
    title: str = Field(alias="pool.offer.title")
    face_value: int = Field(alias="pool.offer.face_value")
    terms: str = Field(alias="pool.offer.terms")
    merchant: str = Field(alias="pool.offer.merchant.name")
    address: str = Field(alias="pool.offer.merchant.address")
    expires_at: dt.datetime | None
    used_at: dt.datetime | None


class UndoneOut(Schema):
    """A redemption that was undone, and why."""

    at: dt.datetime
    merchant: str = Field(alias="merchant.name")
    undone_at: dt.datetime
    undo_reason: str


class WholeVoucherOut(VoucherOut):
    undone: list[UndoneOut]

    @staticmethod
    def resolve_undone(claim: Claim) -> list[Redemption]:
        return list(undone_redemptions(claim))


@router.get("/vouchers/", response=list[VoucherOut], operation_id="welfare_vouchers")
def my_vouchers(request: HttpRequest) -> list[Claim]:
    """All her vouchers, newest first; an empty list for a login without membership."""
    member = member_of(request.user)
    return _standing_now(list(vouchers_of(member))) if member else []


@router.get("/vouchers/{claim_id}/", response=WholeVoucherOut, operation_id="welfare_voucher")
def voucher(request: HttpRequest, claim_id: int) -> Claim:
    """One of hers, with the redemptions of it that were undone."""
    member = member_of(request.user)
    claim = voucher_of(member, claim_id) if member else None
    if claim is None:
        raise Http404
    return _standing_now([claim])[0]


def _standing_now(claims: list[Claim]) -> list[Claim]:
    now = now_in_database()
    for claim in claims:
        claim.standing = rules.standing(claim.state, claim.expires_at, now)
    return claims
