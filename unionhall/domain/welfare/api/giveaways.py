"""Giveaways: ``router`` for members who claim, ``desk_router`` for the officers who give."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal, cast

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Field, Header, Query, Router, Schema

from unionhall.base.api import OnlyFor, QueryText, cleaned, paged
from unionhall.domain.welfare import actions
from unionhall.domain.welfare.forms import GiveawayClosing, GiveawayFilter, GiveawayForm
from unionhall.domain.welfare.models import VoucherOffer
from unionhall.domain.welfare.queries import (
    Answer,
    ForWhom,
    Known,
    Rush,
    answer_for,
    for_whom,
    giveaway_read_afresh,
    giveaways_for,
    giveaways_given_by,
    is_under,
    known,
    merchants_for,
    rush_of_giveaway,
    stage_as_read,
)
from unionhall.people.members.queries import member_of, union_of
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of

if TYPE_CHECKING:
    from unionhall.domain.welfare.queries.giveaways import Line
    from unionhall.people.accounts.models import User
    from unionhall.people.members.models import Member

router = Router()
desk_router = Router(auth=OnlyFor(runs_unions))


class GiveawayLine(Schema):
    """``stage``: soon, open, gone or closed. ``face_value`` in cents (分). ``place``: hers, if she has one."""

    id: int = Field(alias="offer.pk")
    title: str = Field(alias="offer.title")
    face_value: int = Field(alias="offer.face_value")
    merchant: str = Field(alias="offer.merchant.name")
    opens_at: dt.datetime = Field(alias="offer.pool.opens_at")
    closes_at: dt.datetime = Field(alias="offer.pool.closes_at")
    capacity: int = Field(alias="offer.pool.capacity")
    stage: str
    place: int | None = Field(None, alias="claim.rank")


class GiveawayOut(Schema):
    """``state``: yours, not_for_you, soon, open, gone or closed; the other three words as in any refusal."""

    state: str
    now: dt.datetime
    title: str = Field(alias="offer.title")
    face_value: int = Field(alias="offer.face_value")
    terms: str = Field(alias="offer.terms")
    merchant: str = Field(alias="offer.merchant.name")
    address: str = Field(alias="offer.merchant.address")
    opens_at: dt.datetime = Field(alias="offer.pool.opens_at")
    closes_at: dt.datetime = Field(alias="offer.pool.closes_at")
    closed_because: str = Field(alias="offer.closed_because")
    capacity: int = Field(alias="offer.pool.capacity")
    claim: int | None = Field(None, alias="claim.pk")
    place: int | None = Field(None, alias="claim.rank")
    what: str = ""
    why: str = ""
    next: str = ""

    @staticmethod
    def resolve_what(answer: Answer) -> str:
        return str(answer.refusal.what) if answer.refusal else ""

    @staticmethod
    def resolve_why(answer: Answer) -> str:
        return str(answer.refusal.why) if answer.refusal else ""

    @staticmethod
    def resolve_next(answer: Answer) -> str:
        return str(answer.refusal.next) if answer.refusal else ""


class ClaimedOut(Schema):
    """Her voucher: these facts never change, so that a replay says the same."""

    stage: Literal["yours"]
    id: int
    number: str
    place: int | None  # none where order does not matter
    claimed_at: dt.datetime
    expires_at: dt.datetime | None
    title: str
    face_value: int
    merchant: str
    address: str


@router.get("/offers/", response=list[GiveawayLine], operation_id="welfare_giveaways")
@paged()
def offers(request: HttpRequest) -> list[Line]:
    """What she can claim now, what comes, what is gone."""
    member = member_of(request.user)
    union = union_of(member) if member else None
    return giveaways_for(member, union.path) if member and union else []


@router.get("/offers/{offer_id}/", response=GiveawayOut, operation_id="welfare_giveaway")
def offer(request: HttpRequest, offer_id: int) -> Answer:
    """One giveaway, and the truth about it for her."""
    found, member = giveaway_read_afresh(offer_id), member_of(request.user)
    return answer_for(_hers(member, found), cast("VoucherOffer", found))


@router.post("/offers/{offer_id}/claim/", response=ClaimedOut, operation_id="welfare_claim")
def claim(
    request: HttpRequest,
    response: HttpResponse,
    offer_id: int,
    idempotency_key: Header[str] = "",
) -> dict[str, Any]:
    """Claim one. Under the same ``Idempotency-Key`` the same answer, with ``Idempotent-Replayed: true``."""
    found, member = known(offer_id), member_of(request.user)
    member = _hers(member, found.offer if found else None)
    claimed = actions.claim_offer(cast("Known", found), member=member, key=idempotency_key)
    if claimed.replayed:
        response["Idempotent-Replayed"] = "true"
    return claimed.told(cast("Known", found).offer)


def _hers(member: Member | None, found: VoucherOffer | None) -> Member:
    union = union_of(member) if member else None
    if member is None or union is None or found is None or not is_under(union.path, found):
        raise Http404
    return member


class GiveawayQuery(Schema):
    q: QueryText = Field("", max_length=80)
    stage: Literal["soon", "open", "gone", "closed"] | None = None


class GiveawayIn(Schema):
    """``face_value`` in yuan (元), as the form has it; times in local time, ``2026-11-23T09:00``."""

    title: str = Field(max_length=80)
    merchant: int
    face_value: float = Field(gt=0, le=100_000)
    terms: str = Field("", max_length=500)
    capacity: int = Field(ge=1, le=1_000_000)
    opens_at: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d$")
    closes_at: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d$")
    valid_days: int | None = Field(None, ge=1, le=3650)
    union: int
    under_union: int
    sex: Literal["", "m", "f"] = ""
    employment: Literal["", "regular", "dispatched", "new_form", "other"] = ""
    front_line: bool = False
    any_order: bool = False


class DeskGiveaway(Schema):
    id: int
    title: str
    face_value: int
    merchant: str = Field(alias="merchant.name")
    union: int = Field(alias="union_id")
    opens_at: dt.datetime = Field(alias="pool.opens_at")
    closes_at: dt.datetime = Field(alias="pool.closes_at")
    closed_because: str
    capacity: int = Field(alias="pool.capacity")
    taken: int = Field(alias="given")
    stage: str

    @staticmethod
    def resolve_stage(offer: VoucherOffer) -> str:
        return stage_as_read(offer)


class SlotOut(Schema):
    at: dt.datetime
    given: int


class GiveawayRushOut(Schema):
    given: int
    left: int
    used: int
    curve: list[SlotOut]


class ForWhomOut(Schema):
    words: str
    count: int


class LiveGiveaway(DeskGiveaway):
    """With how many went, how fast, and for whom it is."""

    rush: GiveawayRushOut
    for_whom: ForWhomOut

    @staticmethod
    def resolve_rush(offer: VoucherOffer) -> Rush:
        return rush_of_giveaway(offer)

    @staticmethod
    def resolve_for_whom(offer: VoucherOffer) -> ForWhom:
        return for_whom(offer.pool.audience)


class ClosingIn(Schema):
    because: str = Field(min_length=1, max_length=200)


@desk_router.get("/giveaways/", response=list[DeskGiveaway], operation_id="welfare_desk_giveaways")
@paged()
def giveaways(request: HttpRequest, wanted: Query[GiveawayQuery]) -> QuerySet[VoucherOffer]:
    """What the officer's unions give away, newest first."""
    form = GiveawayFilter(wanted.model_dump())
    return giveaways_given_by(in_charge_of(request.user), cleaned(form))


@desk_router.post("/giveaways/", response=LiveGiveaway, operation_id="welfare_desk_open_giveaway")
def open_giveaway(
    request: HttpRequest, given: GiveawayIn, idempotency_key: Header[str] = ""
) -> VoucherOffer:
    """Open a giveaway. Asked again under the same ``Idempotency-Key``, the answer is the one that was opened."""
    unions = in_charge_of(request.user)
    said = {**given.model_dump(), "key": idempotency_key}
    form = GiveawayForm(said, unions=unions, merchants=merchants_for(unions))
    cleaned(form)
    opened = actions.open_giveaway(by=_me(request), **form.terms_of_giveaway())
    return _giveaway(request, opened.pk)


@desk_router.get(
    "/giveaways/{offer_id}/", response=LiveGiveaway, operation_id="welfare_desk_giveaway"
)
def giveaway(request: HttpRequest, offer_id: int) -> VoucherOffer:
    """How one goes."""
    return _giveaway(request, offer_id)


@desk_router.post(
    "/giveaways/{offer_id}/close/",
    response=DeskGiveaway,
    operation_id="welfare_desk_close_giveaway",
)
def close_giveaway(request: HttpRequest, offer_id: int, given: ClosingIn) -> VoucherOffer:
    """End one before its time; members read why."""
    offer = _giveaway(request, offer_id)
    actions.close_giveaway(offer, by=_me(request), **cleaned(GiveawayClosing(given.model_dump())))
    return _giveaway(request, offer_id)


def _giveaway(request: HttpRequest, offer_id: int) -> VoucherOffer:
    return giveaways_given_by(in_charge_of(request.user), {}).get(pk=offer_id)


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)
