"""Matters by the API: hers, and an officer's. Papers are handed in on the pages."""

from __future__ import annotations

import datetime as dt
from typing import Literal, cast

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema

from unionhall.base.api import OnlyFor, cleaned, paged
from unionhall.kernel.casework import actions as casework
from unionhall.kernel.casework.forms import CaseFilter, HandlerForm, MoveCaseForm, NoteForm
from unionhall.kernel.casework.models import Case
from unionhall.kernel.casework.queries import (
    Line,
    case_in_charge,
    case_of,
    cases_in_charge,
    cases_of,
    story_of,
    whole_story_of,
)
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions

router = Router()
desk = Router(auth=OnlyFor(runs_unions))
router.add_router("/desk", desk)


class CaseOut(Schema):
    """``stage`` is a code, ``plain`` says it in words; ``due_on``: the last day of the stage's term, if it has one."""

    id: int
    kind: str
    title: str
    stage: str
    plain: str
    union: int = Field(alias="union_id")
    opened_at: dt.datetime
    due_on: dt.date | None
    closed_at: dt.datetime | None

    @staticmethod
    def resolve_plain(case: Case) -> str:
        return str(case.at.plain)


class LineOut(Schema):
    """A line of the story; ``text`` is empty where nobody wrote one."""

    at: dt.datetime = Field(alias="event.at")
    what: str = Field(alias="event.what")
    title: str
    who: str
    text: str = ""

    @staticmethod
    def resolve_text(line: Line) -> str:
        return line.event.text or ""


class CaseQuery(Schema):
    """As the page's filter; without ``state`` the open ones. ``case_kind``: such as ``corrections.correction``."""

    state: Literal["", "waiting", "mine", "late", "closed"] = ""
    case_kind: str = Field("", max_length=40)


class NoteIn(Schema):
    text: str = Field(min_length=1, max_length=2000)


class DeskNoteIn(NoteIn):
    """``is_shown``: she who asked reads it, too."""

    is_shown: bool = False


class HandlerIn(Schema):
    """``handler``: the login of somebody in charge."""

    handler: int


class MoveIn(Schema):
    union: int
    text: str = Field(min_length=1, max_length=500)


@router.get("/", response=list[CaseOut], operation_id="cases")
@paged()
def cases(request: HttpRequest) -> QuerySet[Case]:
    """What she asked for, the open ones first."""
    return cases_of(request.user)


@router.get("/{int:case_id}/", response=list[LineOut], operation_id="cases_story")
@paged()
def story(request: HttpRequest, case_id: int) -> list[Line]:
    """The story of one of hers, as far as it is shown to her."""
    return story_of(case_of(request.user, case_id))


@router.post("/{int:case_id}/notes/", response=CaseOut, operation_id="cases_note")
def note(request: HttpRequest, case_id: int, sent: NoteIn) -> Case:
    """Add something to an open one."""
    case, said = case_of(request.user, case_id), cleaned(NoteForm(sent.model_dump()))
    casework.add_note(case, text=said["text"], by=_user(request), is_shown=True)
    return case


@router.post("/{int:case_id}/withdrawal/", response=CaseOut, operation_id="cases_withdraw")
def withdraw(request: HttpRequest, case_id: int) -> Case:
    """She does not ask any more."""
    return casework.withdraw(case_of(request.user, case_id), by=_user(request))


@desk.get("/", response=list[CaseOut], operation_id="cases_desk_list")
@paged()
def desk_cases(request: HttpRequest, wanted: Query[CaseQuery]) -> QuerySet[Case]:
    """The matters of the unions that the officer runs, due first."""
    asked = {"state": wanted.state, "kind": wanted.case_kind}
    form, user = CaseFilter(asked), _user(request)
    return form.part_of(cases_in_charge(user), user=user, today=timezone.localdate())


@desk.get("/{int:case_id}/", response=list[LineOut], operation_id="cases_desk_story")
@paged()
def desk_story(request: HttpRequest, case_id: int) -> list[Line]:
    """The whole story of one of them."""
    return whole_story_of(case_in_charge(request.user, case_id), to=_user(request))


@desk.post("/{int:case_id}/notes/", response=CaseOut, operation_id="cases_desk_note")
def desk_note(request: HttpRequest, case_id: int, sent: DeskNoteIn) -> Case:
    """Something worth remembering."""
    case, said = case_in_charge(request.user, case_id), cleaned(NoteForm(sent.model_dump()))
    casework.add_note(case, text=said["text"], by=_user(request), is_shown=sent.is_shown)
    return case


@desk.post("/{int:case_id}/handler/", response=CaseOut, operation_id="cases_desk_assign")
def desk_assign(request: HttpRequest, case_id: int, sent: HandlerIn) -> Case:
    """Give it to somebody in charge."""
    case = case_in_charge(request.user, case_id)
    said = cleaned(HandlerForm(sent.model_dump(), case=case, by=_user(request)))
    casework.assign(case, handler=said["handler"], by=_user(request))
    return case


@desk.post("/{int:case_id}/union/", response=CaseOut, operation_id="cases_desk_move")
def desk_move(request: HttpRequest, case_id: int, sent: MoveIn) -> Case:
    """Give it to another union that the officer runs."""
    case, user = case_in_charge(request.user, case_id), _user(request)
    said = cleaned(MoveCaseForm(sent.model_dump(), case=case, by=user))
    return casework.hand_over(case, union=said["union"], text=said["text"], by=user)


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
