"""The officer's verbs: redemptions, offers, shops and their clerks, vouchers of members without a phone."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, cast

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from ninja import Field, Query, Router, Schema

from unionhall.base.api import OnlyFor, QueryText, cleaned, paged
from unionhall.domain.welfare import actions
from unionhall.domain.welfare.api.till import CustomerOut
from unionhall.domain.welfare.forms import (
    ClerkForm,
    MerchantForm,
    NewMerchantForm,
    PersonChecked,
    RedemptionFilter,
)
from unionhall.domain.welfare.models import Clerk, Merchant, Redemption, VoucherOffer
from unionhall.domain.welfare.queries import (
    Customer,
    clerks_at,
    customer_of,
    filtered,
    members_found,
    merchants_for,
    offers_for,
    redemptions_for,
    standing_of,
    unusual_lately,
    voucher_for,
    vouchers_of,
    with_counts,
)
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.people.members.queries import within
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of

if TYPE_CHECKING:
    from unionhall.kernel.allotment.models import Claim


router = Router(auth=OnlyFor(runs_unions))


class RedemptionQuery(Schema):
    """What the list is narrowed to; ``since`` and ``until`` are both included."""

    offer: int | None = None
    merchant: int | None = None
    state: Literal["live", "undone"] | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    number: QueryText = Field("", max_length=80)


class DeskRedemption(Schema):
    """``face_value`` in cents (分); the name is masked."""

    id: int
    at: dt.datetime
    merchant: str = Field(alias="merchant.name")
    till: str
    title: str = Field(alias="claim.pool.offer.title")
    face_value: int = Field(alias="claim.pool.offer.face_value")
    number: str = Field(alias="number_shown")
    member: str = Field(alias="masked_name")
    undone_at: dt.datetime | None
    undo_reason: str

    @staticmethod
    def resolve_till(redemption: Redemption) -> str:
        return str(redemption.clerk)


class OfferOut(Schema):
    """A kind of voucher: how many are held, used, lapsed. ``face_value`` in cents (分)."""

    id: int
    title: str
    face_value: int
    merchant: str = Field(alias="merchant.name")
    capacity: int = Field(alias="pool.capacity")
    held: int
    used: int
    lapsed: int


class MerchantIn(Schema):
    name: str = Field(max_length=80)
    address: str = Field(max_length=160)
    phone: str = Field("", max_length=20)


class NewMerchantIn(MerchantIn):
    union: int


class MerchantLine(MerchantIn):
    """``union``: which one contracted it. ``staff``: clerks today."""

    id: int
    union: int = Field(alias="union_id")
    staff: int


class ClerkIn(Schema):
    """``phone``: the clerk signs in with it."""

    phone: str = Field(pattern=r"^1\d{10}$")
    till: str = Field(max_length=40)
    is_manager: bool = False


class ClerkOut(Schema):
    id: int
    phone: str = Field(alias="masked_phone")
    till: str
    is_manager: bool


class MerchantOut(MerchantLine):
    clerks: list[ClerkOut]

    @staticmethod
    def resolve_clerks(shop: Merchant) -> list[Clerk]:
        return list(clerks_at(shop))


class GuessingClerk(ClerkOut):
    merchant: str = Field(alias="merchant.name")


class Unusual(Schema):
    """For a look, not a verdict."""

    fast: list[DeskRedemption]
    guessing: list[GuessingClerk]


class Found(Schema):
    """A member, masked, with how many vouchers she ever got."""

    id: int
    vouchers: int
    customer: CustomerOut

    @staticmethod
    def resolve_customer(person: Member) -> Customer:
        return customer_of(person)


class DeskVoucher(Schema):
    """A member's voucher without its number."""

    id: int
    standing: str
    title: str = Field(alias="pool.offer.title")
    face_value: int = Field(alias="pool.offer.face_value")
    merchant: str = Field(alias="pool.offer.merchant.name")
    customer: CustomerOut
    expires_at: dt.datetime | None
    used_at: dt.datetime | None

    @staticmethod
    def resolve_standing(claim: Claim) -> str:
        return standing_of(claim)

    @staticmethod
    def resolve_customer(claim: Claim) -> Customer:
        return customer_of(claim.member)


class ShownVoucher(DeskVoucher):
    number: str


class CheckedIn(Schema):
    """Why an officer opens a voucher, and how she knows its owner."""

    why: Literal["phone_lost", "phone_broken", "no_smartphone", "number_leaked"]
    checked: Literal["id_card", "work_card", "known"]


@router.get("/redemptions/", response=list[DeskRedemption], operation_id="welfare_desk_redemptions")
@paged()
def redemptions(request: HttpRequest, wanted: Query[RedemptionQuery]) -> QuerySet[Redemption]:
    """What was redeemed at the expense of the officer's unions, newest first."""
    unions = in_charge_of(request.user)
    form = RedemptionFilter(
        wanted.model_dump(), offers=offers_for(unions), merchants=merchants_for(unions)
    )
    return filtered(redemptions_for(unions), cleaned(form))


@router.get("/unusual/", response=Unusual, operation_id="welfare_desk_unusual")
def unusual(request: HttpRequest) -> dict[str, object]:
    """Redemptions of the last two days that came too fast, and clerks who guessed at numbers."""
    return unusual_lately(in_charge_of(request.user))


@router.get("/offers/", response=list[OfferOut], operation_id="welfare_desk_offers")
@paged(read=with_counts)
def offers(request: HttpRequest) -> QuerySet[VoucherOffer]:
    """Kinds of vouchers, newest first."""
    return offers_for(in_charge_of(request.user))


@router.get("/merchants/", response=list[MerchantLine], operation_id="welfare_desk_merchants")
@paged()
def merchants(request: HttpRequest) -> QuerySet[Merchant]:
    """The shops that the officer's unions contracted, by name."""
    return merchants_for(in_charge_of(request.user))


@router.post("/merchants/", response=MerchantOut, operation_id="welfare_desk_new_merchant")
def new_merchant(request: HttpRequest, given: NewMerchantIn) -> Merchant:
    """Enter a shop for one of the officer's unions."""
    form = NewMerchantForm(given.model_dump(), unions=in_charge_of(request.user))
    return _merchant(request, actions.register_merchant(by=_me(request), **cleaned(form)).pk)


@router.get("/merchants/{merchant_id}/", response=MerchantOut, operation_id="welfare_desk_merchant")
def merchant(request: HttpRequest, merchant_id: int) -> Merchant:
    """One shop, and who stands at its tills."""
    return _merchant(request, merchant_id)


@router.put(
    "/merchants/{merchant_id}/", response=MerchantOut, operation_id="welfare_desk_edit_merchant"
)
def edit_merchant(request: HttpRequest, merchant_id: int, given: MerchantIn) -> Merchant:
    """What members read about it."""
    shop, form = _merchant(request, merchant_id), MerchantForm(given.model_dump())
    actions.edit_merchant(shop, by=_me(request), **cleaned(form))
    return _merchant(request, merchant_id)


@router.post(
    "/merchants/{merchant_id}/clerks/", response=ClerkOut, operation_id="welfare_desk_appoint_clerk"
)
def appoint_clerk(request: HttpRequest, merchant_id: int, given: ClerkIn) -> Clerk:
    """Let a login redeem at this shop."""
    shop, form = _merchant(request, merchant_id), ClerkForm(given.model_dump())
    return actions.appoint_clerk(merchant=shop, by=_me(request), **cleaned(form))


@router.post(
    "/merchants/{merchant_id}/clerks/{clerk_id}/dismissal/",
    response=MerchantOut,
    operation_id="welfare_desk_dismiss_clerk",
)
def dismiss_clerk(request: HttpRequest, merchant_id: int, clerk_id: int) -> Merchant:
    """End a clerk's post; it holds at once."""
    shop = _merchant(request, merchant_id)
    clerk = clerks_at(shop).select_related("merchant").get(pk=clerk_id)
    actions.dismiss_clerk(clerk, by=_me(request))
    return _merchant(request, merchant_id)


@router.get("/members/", response=list[Found], operation_id="welfare_desk_search")
@paged()
def search(request: HttpRequest, q: QueryText) -> QuerySet[Member]:
    """Members of the officer's unions by name or the end of the phone number."""
    unions = in_charge_of(request.user)
    return members_found(q, unions) if q else within(unions).none()


@router.get(
    "/members/{member_id}/vouchers/",
    response=list[DeskVoucher],
    operation_id="welfare_desk_member",
)
@paged()
def member(request: HttpRequest, member_id: int) -> QuerySet[Claim]:
    """A member's vouchers, without their numbers."""
    return vouchers_of(within(in_charge_of(request.user)).get(pk=member_id))


@router.get("/vouchers/{claim_id}/", response=DeskVoucher, operation_id="welfare_desk_voucher")
def voucher(request: HttpRequest, claim_id: int) -> Claim:
    """One voucher without its number."""
    return _voucher(request, claim_id)


@router.post("/vouchers/{claim_id}/shown/", response=ShownVoucher, operation_id="welfare_desk_show")
def show(request: HttpRequest, claim_id: int, given: CheckedIn) -> Claim:
    """With its number, after noting why and how the person was checked."""
    claim = _voucher(request, claim_id)
    actions.show_voucher(claim, by=_me(request), **cleaned(PersonChecked(given.model_dump())))
    return claim


@router.post(
    "/vouchers/{claim_id}/replacement/", response=DeskVoucher, operation_id="welfare_desk_replace"
)
def replace(request: HttpRequest, claim_id: int, given: CheckedIn) -> Claim:
    """A new number, in its owner's hands alone; the old one is worth nothing from now on."""
    claim = _voucher(request, claim_id)
    actions.replace_voucher(claim, by=_me(request), **cleaned(PersonChecked(given.model_dump())))
    return _voucher(request, claim_id)


def _merchant(request: HttpRequest, merchant_id: int) -> Merchant:
    return merchants_for(in_charge_of(request.user)).get(pk=merchant_id)


def _voucher(request: HttpRequest, claim_id: int) -> Claim:
    claim = voucher_for(in_charge_of(request.user), claim_id)
    if claim is None:
        raise Http404
    return claim


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)
