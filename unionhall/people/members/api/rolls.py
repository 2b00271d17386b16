"""Rolls: pushed page by page by an employer's own system, read row by row, confirmed, undone.

A push is opened, gets its pages in any order, each as often as the line drops, and is finished; then
it is judged like a file. The judgement is ready some seconds later: ``state`` becomes ``checked``.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Literal, cast

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from unionhall.base.api import OnlyFor, paged
from unionhall.base.tables import Verdict
from unionhall.people.accounts.models import User
from unionhall.people.members import actions as members
from unionhall.people.members.actions.pushes import MAX_PAGES, ROWS_A_PAGE
from unionhall.people.members.models import Absence, RollImport, RollPage, RollRow
from unionhall.people.members.queries import (
    open_absences,
    roll_in_charge,
    rolls_in_charge,
    rows_of,
)
from unionhall.people.members.rules import masked_written
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import union_in_charge

desk = Router(auth=OnlyFor(runs_unions))


class RollOut(Schema):
    """``counts``: verdicts, effects, reasons and changed columns, each by its code."""

    id: int
    union: int = Field(alias="union_id")
    name: str = Field(alias="file_name")
    state: str
    problem: str
    rows: int
    next_place: int = Field(description="How many rows are behind it while it is taken in.")
    counts: dict[str, dict[str, int]]
    as_of: dt.date
    created_at: dt.datetime


class PushIn(Schema):
    """``union``: the top of the part of the tree that the roll is for."""

    union: int
    name: str = Field(max_length=80, description="Shown to the officer who confirms.")
    as_of: dt.date | None = Field(None, description="Ages and dates are held against it.")


class PageIn(Schema):
    """Rows as heading -> cell, with the headings that a file may have, such as 姓名 and 证件号码."""

    number: int = Field(ge=1, le=MAX_PAGES)
    rows: list[dict[str, str | int | bool | None]] = Field(max_length=ROWS_A_PAGE)


class PageOut(Schema):
    number: int
    rows: int

    @staticmethod
    def resolve_rows(page: RollPage) -> int:
        return len(json.loads(page.rows))


class FinishIn(Schema):
    pages: int = Field(ge=1, le=MAX_PAGES, description="How many were sent.")


class RowQuery(Schema):
    verdict: Verdict | None = None
    effect: RollRow.Effect | None = None


class ChangeOut(Schema):
    """``entry``: the import or the deed with which the former value came."""

    column: str
    was: str | int | bool | None
    now: str | int | bool | None
    entry: int | None


class RowOut(Schema):
    """A row as the csv report has it; ``row`` is the record's number, the headings being 1."""

    sheet: str
    row: int
    verdict: str
    reason_codes: list[str]
    normalisations: list[str]
    warnings: list[str]
    effect: str
    changes: list[ChangeOut]

    @staticmethod
    def resolve_changes(row: RollRow) -> list[dict[str, Any]]:
        told = json.loads(row.changes) if row.changes else []
        return [
            {
                "column": column,
                "was": _masked(column, was),
                "now": _masked(column, now),
                "entry": by,
            }
            for column, was, now, by in told
        ]


def _masked(column: str, value: Any) -> Any:  # noqa: ANN401 — whatever JSON can say
    return masked_written(column, value) if isinstance(value, str) else value


class UndoIn(Schema):
    reason: str = Field(min_length=1, max_length=200)


class AbsentOut(Schema):
    """Somebody on the roll of a union of which the file speaks, whom it does not name."""

    id: int
    member: int = Field(alias="membership.member_id")
    name: str = Field(alias="membership.member.name")
    union: int = Field(alias="membership.union_id")
    department: str = Field(alias="membership.department")
    standing: str = Field(alias="membership.standing")


class DecisionIn(Schema):
    """``why``: ``keep``, or why the standing changes. ``absent``: ids of the list, or all."""

    why: Literal[
        "keep", "retired", "unemployed", "moved", "resigned", "expelled", "died", "mistake"
    ]
    absent: list[int] | None = None


class Decided(Schema):
    people: int


@desk.get("/", response=list[RollOut], operation_id="members_desk_rolls")
@paged(size=20)
def rolls(request: HttpRequest) -> QuerySet[RollImport]:
    """The rolls for unions that the officer runs, newest first."""
    return rolls_in_charge(request.user)


@desk.post("/", response=RollOut, operation_id="members_desk_open_push")
def open_push(request: HttpRequest, sent: PushIn) -> RollImport:
    """Begin a roll that comes page by page. Nobody is entered before an officer confirms it."""
    union = union_in_charge(request.user, sent.union)
    return members.open_push(union, name=sent.name, as_of=sent.as_of, by=_me(request))


@desk.post("/{int:roll_id}/pages/", response=PageOut, operation_id="members_desk_push_page")
def push_page(request: HttpRequest, roll_id: int, sent: PageIn) -> RollPage:
    """One page, by its number. The same page again is no harm; another one under it is refused."""
    roll = roll_in_charge(request.user, roll_id)
    return members.add_page(roll, number=sent.number, rows=sent.rows)


@desk.post("/{int:roll_id}/finish/", response=RollOut, operation_id="members_desk_finish_push")
def finish_push(request: HttpRequest, roll_id: int, sent: FinishIn) -> RollImport:
    """All pages are there: join them and have them judged."""
    return members.finish_push(roll_in_charge(request.user, roll_id), pages=sent.pages)


@desk.get("/{int:roll_id}/", response=RollOut, operation_id="members_desk_roll")
def roll(request: HttpRequest, roll_id: int) -> RollImport:
    """How far a roll is, and what it would do or did."""
    return roll_in_charge(request.user, roll_id)


@desk.get("/{int:roll_id}/rows/", response=list[RowOut], operation_id="members_desk_roll_rows")
@paged(size=200)
def rows(request: HttpRequest, roll_id: int, wanted: Query[RowQuery]) -> QuerySet[RollRow]:
    """The verdict on each row, in codes; no names, and of numbers the middle covered."""
    chosen = roll_in_charge(request.user, roll_id)
    return rows_of(chosen, verdict=wanted.verdict or "", effect=wanted.effect or "")


@desk.post(
    "/{int:roll_id}/confirmation/", response=RollOut, operation_id="members_desk_confirm_roll"
)
def confirm(request: HttpRequest, roll_id: int) -> RollImport:
    """Say yes to what the check showed; it is taken in by the worker."""
    return members.confirm_roll(roll_in_charge(request.user, roll_id), by=_me(request))


@desk.post(
    "/{int:roll_id}/discard/", response={204: None}, operation_id="members_desk_discard_roll"
)
def discard(request: HttpRequest, roll_id: int) -> Status[None]:
    """Do not take it in, and forget what was read."""
    members.discard_roll(roll_in_charge(request.user, roll_id), by=_me(request))
    return Status(204, None)


@desk.post("/{int:roll_id}/undo/", response={204: None}, operation_id="members_desk_undo_roll")
def undo(request: HttpRequest, roll_id: int, sent: UndoIn) -> Status[None]:
    """Put an import back, as long as nothing was built on it."""
    members.undo_roll(roll_in_charge(request.user, roll_id), by=_me(request), reason=sent.reason)
    return Status(204, None)


@desk.get("/{int:roll_id}/absent/", response=list[AbsentOut], operation_id="members_desk_absent")
@paged(size=200)
def absent(request: HttpRequest, roll_id: int) -> QuerySet[Absence]:
    """Whom the roll does not name and about whom nobody has decided."""
    return open_absences(roll_in_charge(request.user, roll_id))


@desk.post("/{int:roll_id}/absent/", response=Decided, operation_id="members_desk_decide_absent")
def decide_absent(request: HttpRequest, roll_id: int, sent: DecisionIn) -> dict[str, int]:
    """Say of some, or of all, what is the matter. Nobody leaves by being left out."""
    roll = roll_in_charge(request.user, roll_id)
    people = members.decide_absent(roll, why=sent.why, by=_me(request), only=sent.absent)
    return {"people": people}


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)
