"""The clerk's verbs: look at a number, redeem it, see the day, undo."""

from __future__ import annotations

import datetime as dt
from typing import cast

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema

from unionhall.base.api import OnlyFor, cleaned, paged
from unionhall.domain.welfare import actions
from unionhall.domain.welfare.access import manages_a_merchant, works_for_a_merchant
from unionhall.domain.welfare.forms import UndoForm
from unionhall.domain.welfare.models import Clerk, Redemption
from unionhall.domain.welfare.queries import (
    Customer,
    Total,
    clerk_of,
    customer_of,
    days_total,
    may_be_undone,
    redemption_at,
    redemptions_at,
)
from unionhall.people.accounts.models import User

router = Router(auth=OnlyFor(works_for_a_merchant))


class NumberIn(Schema):
    """A voucher's number as it was scanned or typed."""

    number: str = Field(max_length=80)


class CustomerOut(Schema):
    """Enough to compare with a card or a phone; the name is masked."""

    name: str
    phone_tail: str
    id_tail: str


class GoodOut(Schema):
    """A voucher that this shop may redeem. ``face_value`` in cents (分)."""

    number: str
    title: str
    face_value: int
    terms: str
    expires_at: dt.datetime | None
    customer: CustomerOut


class RedemptionOut(Schema):
    """A redemption, as the clerk's device needs it. ``face_value`` in cents (分)."""

    id: int
    at: dt.datetime
    title: str = Field(alias="claim.pool.offer.title")
    face_value: int = Field(alias="claim.pool.offer.face_value")
    merchant: str = Field(alias="merchant.name")
    till: str
    undone_at: dt.datetime | None
    undo_reason: str

    @staticmethod
    def resolve_till(redemption: Redemption) -> str:
        return str(redemption.clerk)


class WholeRedemptionOut(RedemptionOut):
    customer: CustomerOut
    may_be_undone: bool

    @staticmethod
    def resolve_customer(redemption: Redemption) -> Customer:
        return customer_of(redemption.claim.member)

    @staticmethod
    def resolve_may_be_undone(redemption: Redemption) -> bool:
        return may_be_undone(redemption)


class UndoIn(Schema):
    reason: str = Field(max_length=200, description="The customer and the union read it.")


class TotalLine(Schema):
    title: str
    count: int
    cents: int


class TotalOut(Schema):
    """What was redeemed and not undone; money in cents (分)."""

    day: dt.date
    count: int
    cents: int
    lines: list[TotalLine]


@router.post("/till/check/", response=GoodOut, operation_id="welfare_check")
def check(request: HttpRequest, given: NumberIn) -> dict[str, object]:
    """What a number is. Nothing is consumed; every no is a 409 with its code."""
    claim, offer = actions.check_voucher(given.number, clerk=_clerk(request))
    told = {name: getattr(offer, name) for name in ("title", "face_value", "terms")}
    return told | {
        "number": claim.number,
        "expires_at": claim.expires_at,
        "customer": customer_of(claim.member),
    }


@router.get("/till/total/", response=TotalOut, operation_id="welfare_total")
def total(request: HttpRequest, day: dt.date | None = None) -> dict[str, object]:
    """What a day comes to at this shop; today when none is named."""
    asked = day or timezone.localdate()
    found: Total = days_total(_clerk(request).merchant, asked)
    return {"day": asked, "count": found.count, "cents": found.cents, "lines": found.lines}


@router.get("/redemptions/", response=list[RedemptionOut], operation_id="welfare_redemptions")
@paged()
def redemptions(request: HttpRequest, day: dt.date | None = None) -> QuerySet[Redemption]:
    """What this shop redeemed on a day, newest first; today when none is named."""
    return redemptions_at(_clerk(request).merchant, day or timezone.localdate())


@router.post("/redemptions/", response=RedemptionOut, operation_id="welfare_redeem")
def redeem(request: HttpRequest, given: NumberIn) -> Redemption:
    """Redeem a voucher. Twice within a minute is once; every no is a 409 with its code."""
    return actions.redeem_voucher(given.number, clerk=_clerk(request))


@router.get(
    "/redemptions/{redemption_id}/", response=WholeRedemptionOut, operation_id="welfare_redemption"
)
def redemption(request: HttpRequest, redemption_id: int) -> Redemption:
    """One of this shop: what, when, by whom, and whether it was undone."""
    return _redemption(request, redemption_id)


@router.post(
    "/redemptions/{redemption_id}/undo/",
    response=RedemptionOut,
    auth=OnlyFor(manages_a_merchant),
    operation_id="welfare_undo",
)
def undo(request: HttpRequest, redemption_id: int, given: UndoIn) -> Redemption:
    """Undo, for a manager of this shop."""
    row = _redemption(request, redemption_id)
    reason = cleaned(UndoForm(given.model_dump()))["reason"]
    return actions.undo_redemption(row, by=cast("User", request.user), reason=reason)


def _clerk(request: HttpRequest) -> Clerk:
    clerk = clerk_of(request.user)
    if clerk is None:  # dismissed between the door and here
        raise Http404
    return clerk


def _redemption(request: HttpRequest, redemption_id: int) -> Redemption:
    row = redemption_at(_clerk(request).merchant, redemption_id)
    if row is None:
        raise Http404
    return row
