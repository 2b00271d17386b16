"""Joining, changing and leaving by the API. Papers are handed in on the pages."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, cast

from django.http import Http404, HttpRequest
from ninja import Field, Query, Router, Schema

from unionhall.base.api import OnlyFor, cleaned, paged
from unionhall.domain.enrolment import actions as enrolment
from unionhall.domain.enrolment.forms import (
    AcceptForm,
    AnswerForm,
    ApplicationFilter,
    DeskJoinForm,
    JoinForm,
    ReasonForm,
    TransferForm,
    answers_of,
)
from unionhall.domain.enrolment.models import Application
from unionhall.domain.enrolment.queries import (
    application_in_charge,
    application_of,
    applications_in_charge,
    change_in_charge,
    change_of,
    choices_for,
    replaces_a_login,
    standing_for,
    transfer_of,
    unions_for,
    unions_to_enter,
    unions_to_go_to,
)
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import Consent, User
from unionhall.people.members.queries import member_of, union_of
from unionhall.people.members.rules import masked_id
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import union_in_charge

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from unionhall.kernel.casework.models import Case
    from unionhall.people.members.models import Member
    from unionhall.people.unions.models import Union

router = Router()
desk = Router(auth=OnlyFor(runs_unions))
router.add_router("/desk", desk)


class UnionOut(Schema):
    id: int
    name: str


class WhereQuery(Schema):
    """``situation``: union, none, or an occupation; ``q``: a part of the union's or employer's name."""

    situation: str = Field(max_length=12)
    q: str = Field("", max_length=120)


class SaidIn(Schema):
    """Who she is, as on her document. To send it is to agree that it is held against the roll."""

    name: str = Field(max_length=80)
    id_kind: str
    id_number: str = Field(max_length=40)


class JoinIn(SaidIn):
    """``situation``: union, none (then ``employer`` is wanted), or an occupation without an employer."""

    situation: str = Field(max_length=12)
    union: int
    employer: str = Field("", max_length=120)


class DeskJoinIn(SaidIn):
    """``occupation`` is empty for somebody of the union's own employer."""

    occupation: str = ""
    phone: str = ""


class AnswerIn(SaidIn):
    text: str = Field(min_length=1, max_length=500)


class ApplicationOut(Schema):
    """``id`` is that of its case, whose story tells how it goes; ``member``: whom she became."""

    id: int = Field(alias="case_id")
    name: str
    id_number: str
    situation: str
    occupation: str
    employer: str
    union: int = Field(alias="case.union_id")
    stage: str = Field(alias="case.stage")
    due_on: dt.date | None = Field(alias="case.due_on")
    member: int | None = Field(alias="member_id")

    @staticmethod
    def resolve_id_number(application: Application) -> str:
        return masked_id(application.id_number)


class ChangeOut(Schema):
    """``kind`` is enrolment.transfer, .leaving or .retirement."""

    id: int
    kind: str
    stage: str
    union: int = Field(alias="union_id")
    due_on: dt.date | None


class TransferIn(Schema):
    union: int
    text: str = Field("", max_length=500)


class LeaveIn(Schema):
    """``sure``: she has read what she loses."""

    sure: Literal[True]
    text: str = Field("", max_length=500)


class WordIn(Schema):
    text: str = Field("", max_length=500)


class ListQuery(Schema):
    """As the page's filter: ``state`` is open or closed; none are those that wait for the union."""

    state: str = Field("", max_length=8)
    situation: str = Field("", max_length=12)


class VerdictIn(Schema):
    """All but accept need a text, which she reads; ``union``: one below, where she is entered.

    ``saw_her`` and ``former_ends``: where she comes back with another login, that the officer saw her, and knows what ends.
    """

    answer: Literal["accept", "decline", "back", "found"]
    union: int | None = None
    saw_her: bool = False
    former_ends: bool = False
    text: str = Field("", max_length=500)


class ManyIn(Schema):
    cases: list[int] = Field(max_length=100)


class ManyOut(Schema):
    """``left``: cases that were not accepted, with the code of the reason."""

    accepted: int
    left: dict[int, str]


class InClear(Schema):
    id_number: str


class ChangeVerdictIn(Schema):
    """``decline`` needs a text; of a leaving there is none."""

    answer: Literal["accept", "decline"]
    text: str = Field("", max_length=500)


# == Hers ==


@router.get("/unions/", response=list[UnionOut], operation_id="enrolment_unions")
@paged()
def unions(request: HttpRequest, wanted: Query[WhereQuery]) -> list[Union]:  # noqa: ARG001 — ninja's face
    """The first unions that she may ask; none where they are too many and no part of a name was given."""
    return choices_for(_answers(wanted.situation)[0], wanted.q.strip()) or []


@router.post("/", response=ApplicationOut, operation_id="enrolment_join")
def join(request: HttpRequest, sent: JoinIn) -> Application:
    """Ask to join."""
    situation, occupation = _answers(sent.situation)
    form, user = JoinForm(sent.model_dump(), situation=situation), _user(request)
    said = cleaned(form)
    union = unions_for(situation).get(pk=sent.union)
    accounts.give_consent(user, Consent.Kind.ROLL)
    return enrolment.apply_to_join(
        user, union=union, situation=situation, occupation=occupation, said=form.said,
        employer=said.get("employer", ""),
    )  # fmt: skip


@router.post("/transfer/", response=ChangeOut, operation_id="enrolment_transfer")
def transfer(request: HttpRequest, sent: TransferIn) -> Case:
    """Ask another union to take her."""
    member = _member(request)
    form = TransferForm(sent.model_dump(), unions=unions_to_go_to(union_of(member)))
    return enrolment.ask_transfer(member, by=_user(request), **cleaned(form)).case


@router.post("/leave/", response=ChangeOut, operation_id="enrolment_leave")
def leave(request: HttpRequest, sent: LeaveIn) -> Case:
    """Leave; it is done when her union has noted it, and at the latest behind its day."""
    return enrolment.ask_to_leave(_member(request), by=_user(request), text=sent.text)


@router.post("/retirement/", response=ChangeOut, operation_id="enrolment_retirement")
def retirement(request: HttpRequest, sent: WordIn) -> Case:
    """She has retired, and keeps her membership."""
    return enrolment.ask_retirement(_member(request), by=_user(request), text=sent.text)


@router.get("/{int:application_id}/", response=ApplicationOut, operation_id="enrolment_application")
def application(request: HttpRequest, application_id: int) -> Application:
    """Her application."""
    return application_of(request.user, application_id)


@router.post(
    "/{int:application_id}/answer/", response=ApplicationOut, operation_id="enrolment_answer"
)
def answer(request: HttpRequest, application_id: int, sent: AnswerIn) -> Application:
    """What the union asked for."""
    asked, form = application_of(request.user, application_id), AnswerForm(sent.model_dump())
    text = cleaned(form)["text"]
    enrolment.answer(asked, said=form.said, by=_user(request), text=text)
    return asked


@router.get("/changes/{int:change_id}/", response=ChangeOut, operation_id="enrolment_change")
def change(request: HttpRequest, change_id: int) -> Case:
    """Her transfer, leaving or retirement."""
    return change_of(request.user, change_id)


@router.post("/changes/{int:change_id}/stop/", response=ChangeOut, operation_id="enrolment_stop")
def stop(request: HttpRequest, change_id: int) -> Case:
    """Stop a transfer that waits for the old union."""
    asked = transfer_of(change_of(request.user, change_id))
    enrolment.stop_transfer(asked, by=_user(request))
    return asked.case


# == At the desk ==


@desk.get("/", response=list[ApplicationOut], operation_id="enrolment_desk_list")
@paged()
def desk_applications(request: HttpRequest, wanted: Query[ListQuery]) -> QuerySet[Application]:
    """Applications to the unions that the officer runs."""
    return ApplicationFilter(wanted.model_dump()).part_of(applications_in_charge(request.user))


@desk.post("/acceptances/", response=ManyOut, operation_id="enrolment_desk_accept_many")
def desk_accept_many(request: HttpRequest, sent: ManyIn) -> dict[str, object]:
    """Accept many; who cannot be let in is left, and holds up nobody."""
    waiting = applications_in_charge(request.user).filter(case__stage="asked", pk__in=sent.cases)
    entered, left = enrolment.accept_all(list(waiting), by=_user(request))
    return {"accepted": len(entered), "left": {one.pk: no.code for one, no in left}}


@desk.post("/of/{int:union_id}/", response=ApplicationOut, operation_id="enrolment_desk_join")
def desk_join(request: HttpRequest, union_id: int, sent: DeskJoinIn) -> Application:
    """Apply for somebody who stands at the desk."""
    union, form = union_in_charge(request.user, union_id), DeskJoinForm(sent.model_dump())
    phone = cleaned(form)["phone"]
    return enrolment.apply_at_desk(
        union=union, said=form.said, by=_user(request), phone=phone, **form.situation
    )


@desk.get(
    "/{int:application_id}/", response=ApplicationOut, operation_id="enrolment_desk_application"
)
def desk_application(request: HttpRequest, application_id: int) -> Application:
    """One of them."""
    return application_in_charge(request.user, application_id)


@desk.post(
    "/{int:application_id}/answer/", response=ApplicationOut, operation_id="enrolment_desk_answer"
)
def desk_answer(request: HttpRequest, application_id: int, sent: VerdictIn) -> Application:
    """Yes, no, something is missing, or her firm founds its union first."""
    asked, by = application_in_charge(request.user, application_id), _user(request)
    if sent.answer == "accept":
        given = sent.model_dump() | {"union": sent.union or standing_for(asked.case.union).pk}
        form = AcceptForm(
            given, unions=unions_to_enter(by, asked), replaces=replaces_a_login(asked)
        )
        said = cleaned(form)
        enrolment.accept(
            asked, by=by, union=said.get("union"), text=said["text"], made_sure=form.made_sure
        )
        return asked
    text = cleaned(ReasonForm(sent.model_dump()))["text"]
    verdicts = {"decline": enrolment.decline, "back": enrolment.send_back, "found": enrolment.found_first}  # fmt: skip
    verdicts[sent.answer](asked, by=by, text=text)
    return asked


@desk.post(
    "/{int:application_id}/unmasked/", response=InClear, operation_id="enrolment_desk_unmask"
)
def desk_unmask(request: HttpRequest, application_id: int) -> dict[str, str]:
    """The number in clear; the ledger has it before it leaves."""
    asked = application_in_charge(request.user, application_id)
    return {"id_number": enrolment.unmask(asked, by=_user(request))}


@desk.get("/changes/{int:change_id}/", response=ChangeOut, operation_id="enrolment_desk_change")
def desk_change(request: HttpRequest, change_id: int) -> Case:
    """A transfer, leaving or retirement."""
    return change_in_charge(request.user, change_id)


@desk.post(
    "/changes/{int:change_id}/answer/",
    response=ChangeOut,
    operation_id="enrolment_desk_answer_change",
)
def desk_answer_change(request: HttpRequest, change_id: int, sent: ChangeVerdictIn) -> Case:
    """Yes or no to one of them."""
    case, by = change_in_charge(request.user, change_id), _user(request)
    verdict = enrolment.agree if sent.answer == "accept" else enrolment.refuse
    verdict(case, by=by, text=sent.text)
    return case


def _answers(situation: str) -> tuple[str, str]:
    answers = answers_of(situation)
    if answers is None:
        raise Http404
    return answers


def _member(request: HttpRequest) -> Member:
    member = member_of(request.user)
    if member is None:
        raise Http404
    return member


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
