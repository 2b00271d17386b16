"""What an officer may open: her own, else a 404, as if there were none."""

from __future__ import annotations

from typing import cast

from django.http import Http404, HttpRequest

from unionhall.people.accounts.models import User
from unionhall.people.members.forms import RollFilter
from unionhall.people.members.models import Member, Membership, RollImport, TransferRequest
from unionhall.people.members.queries import member_in_charge, roll_in_charge, transfer_in_charge
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import chosen_union


def officer(request: HttpRequest) -> User:
    """Who is at the desk."""
    return cast("User", request.user)


def chosen_part(request: HttpRequest) -> Union:
    """The union in the address, if she runs it; else the top of what she runs."""
    try:
        return chosen_union(request.user, request.GET.get("union", ""))
    except Union.DoesNotExist as error:
        raise Http404 from error


def asked_filter(request: HttpRequest) -> RollFilter:
    """The conditions in the address."""
    try:
        return RollFilter.of(request.GET.dict())
    except Membership.DoesNotExist as error:
        raise Http404 from error


def open_roll(request: HttpRequest, roll_id: int) -> RollImport:
    """A roll for a union that she runs."""
    try:
        return roll_in_charge(request.user, roll_id)
    except RollImport.DoesNotExist as error:
        raise Http404 from error


def open_member(request: HttpRequest, member_id: int) -> Member:
    """Somebody on the roll of a union that she runs."""
    try:
        return member_in_charge(request.user, member_id)
    except Member.DoesNotExist as error:
        raise Http404 from error


def open_transfer(request: HttpRequest, request_id: int) -> TransferRequest:
    """A transfer from or to a union that she runs."""
    try:
        return transfer_in_charge(request.user, request_id)
    except TransferRequest.DoesNotExist as error:
        raise Http404 from error
