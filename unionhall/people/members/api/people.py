"""The officer's roll: masked, and one value in clear at a time."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal, TypeAlias, cast

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status

from unionhall.base.api import OnlyFor, QueryText, paged
from unionhall.base.errors import Refused
from unionhall.people.accounts.models import User
from unionhall.people.members import actions as members
from unionhall.people.members.models import Member, Membership, TransferRequest
from unionhall.people.members.queries import (
    by_strokes,
    member_in_charge,
    memberships_of,
    roll_in,
    takes_members,
)
from unionhall.people.members.queries.people import MOST_BY_STROKES
from unionhall.people.members.rules import Conditions, masked_id, masked_phone
from unionhall.people.programs.api import acting, by_key_or_officer, noted
from unionhall.people.programs.models import ProgramKey
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import tops_in_charge, union_in_charge

Age: TypeAlias = Literal["to24", "25to34", "35to44", "45to54", "from55"]
Section: TypeAlias = Annotated[str, Field(pattern="^[A-T]$")]
desk = Router(auth=OnlyFor(runs_unions))
READ = by_key_or_officer(ProgramKey.Scope.MEMBERS_READ)
WRITE = by_key_or_officer(ProgramKey.Scope.MEMBERS_WRITE)


class RollQuery(Schema):
    """All that is said must hold; of several values of one name any will do."""

    union: int | None = Field(None, description="With all below it; the officer's own by default.")
    q: QueryText = Field(
        "", max_length=80, description="Name, last four digits, whole phone or ID."
    )
    standing: list[Membership.Standing] = []
    sex: list[Member.Sex] = []
    age: list[Age] = Field([], description="In whole years, today.")
    grade: list[Member.SkillGrade] = []
    employment: list[Member.Employment] = []
    front_line: bool | None = None
    has_login: bool | None = None
    industry: list[Section] = Field([], description="Of her union, by GB/T 4754-2017.")
    holding: list[Union.Holding] = Field([], description="Who controls her union's employer.")
    order: Literal["name", "strokes"] = Field(
        "name",
        description="By strokes only up to 2,000 people; of more 409 `too_many_for_strokes`.",
    )

    def conditions(self) -> Conditions:
        return Conditions(
            query=self.q,
            standings=tuple(self.standing),
            sexes=tuple(self.sex),
            ages=tuple(self.age),
            skill_grades=tuple(self.grade),
            employments=tuple(self.employment),
            front_line=self.front_line,
            has_login=self.has_login,
            industries=tuple(self.industry),
            holdings=tuple(self.holding),
        )


class MembershipOut(Schema):
    union: int = Field(alias="union_id")
    union_name: str = Field(alias="union.name")
    standing: str
    department: str
    joined_on: dt.date | None
    left_on: dt.date | None


class RollLine(MembershipOut):
    """A live membership; the phone is masked."""

    member: int = Field(alias="member_id")
    name: str = Field(alias="member.name")
    skill_grade: int | None = Field(alias="member.skill_grade")
    front_line: bool | None = Field(alias="member.front_line")
    phone: str = Field(alias="masked_phone")


class PersonOut(Schema):
    """Somebody on the roll; numbers are masked."""

    id: int
    name: str
    id_kind: str
    id_number: str
    phone: str
    sex: str
    ethnicity: str
    education: str
    skill_grade: int | None
    employment: str
    front_line: bool | None
    has_login: bool
    memberships: list[MembershipOut]

    @staticmethod
    def resolve_id_number(person: Member) -> str:
        return masked_id(person.id_number)

    @staticmethod
    def resolve_phone(person: Member) -> str:
        return masked_phone(person.phone or "")

    @staticmethod
    def resolve_has_login(person: Member) -> bool:
        return person.user_id is not None

    @staticmethod
    def resolve_memberships(person: Member, context: dict[str, Any]) -> list[Membership]:
        asking = acting(context["request"]).login
        return [one for one in memberships_of(person, asking) if one.hers]  # type: ignore[attr-defined]  # annotated there


class InClear(Schema):
    field: str
    value: str


@desk.get("/", response=list[RollLine], operation_id="members_desk_list", auth=READ)
@paged()
def roll(request: HttpRequest, wanted: Query[RollQuery]) -> QuerySet[Membership]:
    """The live memberships in a part of the tree that the officer runs, by name or by strokes."""
    me = acting(request).login
    top = union_in_charge(me, wanted.union) if wanted.union else tops_in_charge(me)[0]
    rows = roll_in(top, wanted.conditions())
    ordered = by_strokes(rows) if wanted.order == "strokes" else rows
    if ordered is None:
        raise Refused(
            _("人太多，排不了笔画。"),
            why=_("按姓氏笔画一次最多排 {n:,} 人。").format(n=MOST_BY_STROKES),
            next=_("先选一个工会，或者加一个条件。"),
            code="too_many_for_strokes",
        )
    return ordered


@desk.get("/{int:member_id}/", response=PersonOut, operation_id="members_desk_member", auth=READ)
def member(request: HttpRequest, member_id: int) -> Member:
    """One person on the roll, with all her memberships."""
    return member_in_charge(acting(request).login, member_id)


class StandingIn(Schema):
    """``why``: the first two keep the membership without a vote, the others end it today."""

    why: Membership.Why


class MoveIn(Schema):
    union: int = Field(description="Where she is to be a member; one that the officer runs.")


class Asked(Schema):
    """The request that was made; it may wait for the old union's answer."""

    id: int
    state: str


@desk.post(
    "/{int:member_id}/standing/",
    response={204: None},
    operation_id="members_desk_standing",
    auth=WRITE,
)
def standing(request: HttpRequest, member_id: int, sent: StandingIn) -> Status[None]:
    """Keep her membership without a vote, or end it."""
    asking = acting(request)
    person = member_in_charge(asking.login, member_id)
    with noted(asking, "members_desk_standing"):
        members.change_live_standing(person, why=sent.why, by=asking.login)
    return Status(204, None)


@desk.post("/{int:member_id}/move/", response=Asked, operation_id="members_desk_move", auth=WRITE)
def move(request: HttpRequest, member_id: int, sent: MoveIn) -> TransferRequest:
    """Ask for her transfer to another union that the officer runs."""
    asking = acting(request)
    person = member_in_charge(asking.login, member_id)
    union = takes_members(asking.login).get(pk=sent.union)
    with noted(asking, "members_desk_move"):
        return members.ask_transfer(person, union=union, by=asking.login)


@desk.post("/{int:member_id}/{field}/", response=InClear, operation_id="members_desk_unmask")
def unmask(
    request: HttpRequest, member_id: int, field: Literal["phone", "id_number"]
) -> dict[str, str]:
    """One value in clear; the ledger has it before it leaves, and she can read who looked."""
    person = member_in_charge(request.user, member_id)
    return {"field": field, "value": members.unmask(person, field=field, by=_me(request))}


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)
