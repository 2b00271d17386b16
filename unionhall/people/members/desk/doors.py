"""What an officer may open: her own, else a 404, as if there were none."""

from __future__ import annotations

from typing import cast

from django.http import Http404, HttpRequest

from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member, RollImport, TransferRequest
from unionhall.people.members.queries import member_in_charge, roll_in_charge, transfer_in_charge


def officer(request: HttpRequest) -> User:
    """Who is at the desk."""
    return cast("User", request.user)


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
