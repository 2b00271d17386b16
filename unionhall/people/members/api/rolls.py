"""Rolls: pushed page by page by an employer's own system, read row by row, confirmed, undone.

A push is opened, gets its pages in any order, each as often as the line drops, and is finished; then
it is judged like a file. The judgement is ready some seconds later: ``state`` becomes ``checked``.
Programs ask these verbs with a key; what they push waits for a person's yes.
"""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Status

from unionhall.base.api import OnlyFor, paged
from unionhall.people.members import actions as members
from unionhall.people.members.api.shapes import (
    NOES,
    AbsentOut,
    Decided,
    DecisionIn,
    FinishIn,
    OpenedOut,
    PageIn,
    PageOut,
    PushIn,
    RollOut,
    RowOut,
    RowQuery,
    UndoIn,
)
from unionhall.people.members.models import Absence, RollImport, RollPage, RollRow
from unionhall.people.members.queries import (
    open_absences,
    rolls_in_charge,
    rolls_pushed_with,
    rows_of,
)
from unionhall.people.programs.api import Acting, acting, by_key_or_officer
from unionhall.people.programs.models import ProgramKey
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import chosen_union

desk = Router(auth=OnlyFor(runs_unions))
Scope = ProgramKey.Scope
PUSH, READ, CONFIRM = map(
    by_key_or_officer, (Scope.ROLLS_WRITE, Scope.ROLLS_READ, Scope.ROLLS_CONFIRM)
)


@desk.get("/", response=list[RollOut], operation_id="members_desk_rolls", auth=READ)
@paged(size=20)
def rolls(request: HttpRequest) -> QuerySet[RollImport]:
    """The rolls for unions that the officer runs, newest first; to a program, what it pushed."""
    return _rolls(acting(request))


@desk.post("/", response={200: OpenedOut, **NOES}, operation_id="members_desk_open_push", auth=PUSH)
def open_push(request: HttpRequest, sent: PushIn) -> RollImport:
    """Begin a roll that comes page by page. Nobody is entered before an officer confirms it.

    Remember its ``id``: the pages go there, and with it a push that was broken off goes on.
    """
    asking = acting(request)
    union = asking.reach.get(pk=sent.union) if sent.union else _own_union(asking)
    name = sent.name or (asking.key.name if asking.key else union.name)
    return members.open_push(union, name=name, as_of=sent.as_of, by=asking.login, key=asking.key)


def _own_union(asking: Acting) -> Union:
    return asking.key.union if asking.key else chosen_union(asking.login, "")


@desk.post(
    "/{int:roll_id}/pages/",
    response={200: PageOut, **NOES},
    operation_id="members_desk_push_page",
    auth=PUSH,
)
def push_page(request: HttpRequest, roll_id: int, sent: PageIn) -> RollPage:
    """One page, by its number. The same page again is no harm; another one under it is refused.

    409 says what is wrong by its ``code``: ``page_differs``, ``push_too_large``, ``push_finished``,
    ``cell_null``, ``cell_bool``, ``cell_nested``, ``cell_number``, ``cell_heading``, ``cell_columns``.
    """
    return members.add_page(_roll(request, roll_id), number=sent.number, rows=sent.rows)


@desk.post(
    "/{int:roll_id}/finish/",
    response={200: RollOut, **NOES},
    operation_id="members_desk_finish_push",
    auth=PUSH,
)
def finish_push(request: HttpRequest, roll_id: int, sent: FinishIn) -> RollImport:
    """All pages are there: join them and have them judged. Said twice, it is done once.

    409 with ``pages_missing`` names the pages that did not come.
    """
    return members.finish_push(_roll(request, roll_id), pages=sent.pages)


@desk.get(
    "/{int:roll_id}/",
    response={200: RollOut, **NOES},
    operation_id="members_desk_roll",
    auth=READ,
)
def roll(request: HttpRequest, roll_id: int) -> RollImport:
    """How far a roll is, and what it would do or did. Ask every few seconds, not more often."""
    return _roll(request, roll_id)


@desk.get(
    "/{int:roll_id}/rows/",
    response=list[RowOut],
    operation_id="members_desk_roll_rows",
    auth=READ,
)
@paged(size=200)
def rows(request: HttpRequest, roll_id: int, wanted: Query[RowQuery]) -> QuerySet[RollRow]:
    """The verdict on each row, in codes; no names, and of numbers the middle covered.

    ``?verdict=rejected`` gives the rows that wait to be mended, each with its reasons in words.
    """
    chosen = _roll(request, roll_id)
    return rows_of(chosen, verdict=wanted.verdict or "", effect=wanted.effect or "")


@desk.post(
    "/{int:roll_id}/confirmation/",
    response={200: RollOut, **NOES},
    operation_id="members_desk_confirm_roll",
    auth=CONFIRM,
)
def confirm(request: HttpRequest, roll_id: int) -> RollImport:
    """Say yes to what the check showed; it is taken in by the worker.

    A person's word: a program may only if whoever issued its key said so.
    """
    asking = acting(request)
    return members.confirm_roll(_roll(request, roll_id), by=asking.login, key=asking.key)


@desk.post(
    "/{int:roll_id}/discard/",
    response={204: None, **NOES},
    operation_id="members_desk_discard_roll",
    auth=PUSH,
)
def discard(request: HttpRequest, roll_id: int) -> Status[None]:
    """Do not take it in, and forget what was read; also gives up a push that goes on."""
    members.discard_roll(_roll(request, roll_id), by=acting(request).login)
    return Status(204, None)


@desk.post("/{int:roll_id}/undo/", response={204: None}, operation_id="members_desk_undo_roll")
def undo(request: HttpRequest, roll_id: int, sent: UndoIn) -> Status[None]:
    """Put an import back, as long as nothing was built on it."""
    members.undo_roll(_roll(request, roll_id), by=acting(request).login, reason=sent.reason)
    return Status(204, None)


@desk.get("/{int:roll_id}/absent/", response=list[AbsentOut], operation_id="members_desk_absent")
@paged(size=200)
def absent(request: HttpRequest, roll_id: int) -> QuerySet[Absence]:
    """Whom the roll does not name and about whom nobody has decided."""
    return open_absences(_roll(request, roll_id), acting(request).login)


@desk.post("/{int:roll_id}/absent/", response=Decided, operation_id="members_desk_decide_absent")
def decide_absent(request: HttpRequest, roll_id: int, sent: DecisionIn) -> dict[str, int]:
    """Say of some, or of all, what is the matter. Nobody leaves by being left out."""
    roll = _roll(request, roll_id)
    people = members.decide_absent(roll, why=sent.why, by=acting(request).login, only=sent.absent)
    return {"people": people}


def _rolls(asking: Acting) -> QuerySet[RollImport]:
    return rolls_pushed_with(asking.key) if asking.key else rolls_in_charge(asking.login)


def _roll(request: HttpRequest, roll_id: int) -> RollImport:
    """One of those, else 404, as if there were none."""
    return _rolls(acting(request)).get(pk=roll_id)
