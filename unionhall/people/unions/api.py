"""The officer's tree of unions, and who is in charge of what."""

from __future__ import annotations

import datetime as dt
from typing import cast

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from unionhall.base.api import OnlyFor, QueryText, cleaned, paged
from unionhall.people.accounts.models import User
from unionhall.people.unions import actions as unions
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.forms import OfficeForm
from unionhall.people.unions.models import Office, Union
from unionhall.people.unions.queries import (
    in_charge_of,
    login_with_phone,
    may_staff,
    office_in_charge,
    parents_of,
    search,
    staff_of,
    union_in_charge,
)

router = Router()
desk = Router(auth=OnlyFor(runs_unions))
router.add_router("/desk", desk)


class UnionQuery(Schema):
    q: QueryText = Field(
        "", max_length=120, description="Part of the name, or the whole credit code."
    )
    level: Union.Level | None = None


class UnionName(Schema):
    id: int
    name: str


class UnionLine(UnionName):
    level: int
    uscc: str
    members_reported: int


class OfficeOut(Schema):
    id: int
    name: str = Field(alias="user.name")
    role: str
    since_on: dt.date
    until_on: dt.date | None


class UnionOut(UnionLine):
    """``above``: from the root down to the direct parent. ``offices``: today's first."""

    employer: str
    ownership: str
    holding: str
    industry_section: str
    industry_division: str
    industry_edition: str
    workers: int
    women_workers: int
    migrant_workers: int
    founded_on: dt.date | None
    term_ends_on: dt.date | None
    chair: str
    above: list[UnionName]
    offices: list[OfficeOut] = Field(alias="staff")
    may_staff: bool


class OfficeIn(Schema):
    """``phone``: of a login that exists."""

    phone: str = Field(max_length=20)
    role: Office.Role


@desk.get("/", response=list[UnionLine], operation_id="unions_desk_list")
@paged()
def listed(request: HttpRequest, wanted: Query[UnionQuery]) -> QuerySet[Union]:
    """The unions that the officer runs, in the order of the tree."""
    return search(in_charge_of(request.user), query=wanted.q, level=wanted.level)


@desk.get("/{union_id}/", response=UnionOut, operation_id="unions_desk_union")
def union(request: HttpRequest, union_id: int) -> Union:
    """One union that the officer runs."""
    found = union_in_charge(request.user, union_id)
    found.above = list(parents_of(found))
    found.may_staff = may_staff(request.user, found)
    found.staff = list(staff_of(found))
    return found


@desk.get("/{union_id}/children/", response=list[UnionLine], operation_id="unions_desk_children")
@paged()
def children(request: HttpRequest, union_id: int) -> QuerySet[Union]:
    """The unions directly below one."""
    found: QuerySet[Union] = Union.objects.get_children(union_in_charge(request.user, union_id))
    return found.order_by("path")


@desk.post("/{union_id}/offices/", response=OfficeOut, operation_id="unions_desk_appoint")
def appoint(request: HttpRequest, union_id: int, given: OfficeIn) -> Office:
    """Put a login in charge from today; 403 for whoever may not staff this union."""
    found = union_in_charge(request.user, union_id)
    if not may_staff(request.user, found):
        raise PermissionDenied
    said = cleaned(OfficeForm(given.model_dump()))
    return unions.appoint(
        login_with_phone(said["phone"]), union=found, role=said["role"], by=_me(request)
    )


@desk.post(
    "/offices/{office_id}/dismissal/", response=OfficeOut, operation_id="unions_desk_dismiss"
)
def dismiss(request: HttpRequest, office_id: int) -> Office:
    """End an office today."""
    office = office_in_charge(request.user, office_id)
    unions.dismiss(office, by=_me(request))
    office.refresh_from_db()
    return office


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)
