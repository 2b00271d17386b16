"""Requests for transfer. Whoever asks is never told which union the person is a member of."""

from __future__ import annotations

import datetime as dt
from typing import Literal, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from unionhall.base.api import OnlyFor, paged
from unionhall.people.accounts.models import User
from unionhall.people.members import actions as members
from unionhall.people.members.models import TransferRequest
from unionhall.people.members.queries import seen_by, transfer_in_charge, transfers_in_charge
from unionhall.people.members.queries.transfers import Seen
from unionhall.people.programs.api import acting, by_key_or_officer
from unionhall.people.programs.models import ProgramKey
from unionhall.people.unions.access import runs_unions

desk = Router(auth=OnlyFor(runs_unions))
READ = by_key_or_officer(ProgramKey.Scope.MEMBERS_READ)


class TransferQuery(Schema):
    state: TransferRequest.State | None = None


class TransferOut(Schema):
    """``from_union`` is null for whoever asks; ``answers_from``: when this officer may answer."""

    id: int = Field(alias="request.pk")
    name: str = Field(alias="request.member.name")
    from_union: str | None = None
    to_union: str = Field(alias="request.to_union.name")
    asked_at: dt.datetime = Field(alias="request.asked_at")
    state: str = Field(alias="request.state")
    reason: str = Field(alias="request.reason")
    answers_from: dt.datetime | None
    may_answer: bool
    may_withdraw: bool

    @staticmethod
    def resolve_from_union(seen: Seen) -> str | None:
        return seen.from_union.name if seen.from_union else None


class AnswerIn(Schema):
    """``refuse`` needs a reason, which whoever asked reads."""

    answer: Literal["agree", "refuse", "withdraw"]
    reason: str = Field("", max_length=200)


@desk.get("/", response=list[TransferOut], operation_id="members_desk_transfers", auth=READ)
@paged()
def transfers(request: HttpRequest, wanted: Query[TransferQuery]) -> list[Seen]:
    """The requests from and to unions that the officer runs."""
    me = acting(request).login
    requests = transfers_in_charge(me)
    if wanted.state:
        requests = requests.filter(state=wanted.state)
    return seen_by(me, requests)


@desk.get(
    "/{int:request_id}/", response=TransferOut, operation_id="members_desk_transfer", auth=READ
)
def transfer(request: HttpRequest, request_id: int) -> Seen:
    """One of them."""
    return _seen(request, request_id)


@desk.post(
    "/{int:request_id}/answer/", response=TransferOut, operation_id="members_desk_answer_transfer"
)
def answer(request: HttpRequest, request_id: int, sent: AnswerIn) -> Seen:
    """Agree or refuse for the old union, or take the request back."""
    seen, by = _seen(request, request_id), cast("User", request.user)
    if not (seen.may_withdraw if sent.answer == "withdraw" else seen.may_answer):
        raise PermissionDenied
    if sent.answer == "agree":
        members.agree_transfer(seen.request, by=by)
    elif sent.answer == "refuse":
        members.refuse_transfer(seen.request, by=by, reason=sent.reason)
    else:
        members.withdraw_transfer(seen.request, by=by)
    return _seen(request, request_id)


def _seen(request: HttpRequest, request_id: int) -> Seen:
    me = acting(request).login
    return seen_by(me, [transfer_in_charge(me, request_id)])[0]
