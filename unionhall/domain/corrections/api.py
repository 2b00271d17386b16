"""Corrections by the API: asked for, and answered."""

from __future__ import annotations

from typing import Literal, cast

from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema

from unionhall.base.api import OnlyFor, cleaned
from unionhall.domain.corrections import actions as corrections
from unionhall.domain.corrections.forms import FORMS, AcceptForm, ReasonForm, WhoForm, said_in
from unionhall.domain.corrections.models import Correction
from unionhall.domain.corrections.queries import (
    correction_in_charge,
    correction_of,
    perhaps_her,
    replaces_a_login,
)
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import Consent, User
from unionhall.people.members.queries import member_of
from unionhall.people.unions.access import runs_unions

router = Router()
desk = Router(auth=OnlyFor(runs_unions))
router.add_router("/desk", desk)


class CorrectionOut(Schema):
    """``id`` is that of its case, whose story tells how it goes."""

    id: int = Field(alias="case_id")
    what: str
    stage: str = Field(alias="case.stage")


class WhoIn(Schema):
    """Name and number as on the document. To send them is to agree that they are held against the roll."""

    name: str = Field(max_length=80)
    id_kind: str
    id_number: str = Field(max_length=40)


class FoundOut(Schema):
    """nobody, hers (bound now), other_phone, other_login or left."""

    found: str


class CorrectionIn(Schema):
    """The fields that ``what`` needs: name; id_kind and id_number; phone; department; or text alone for other."""

    what: Literal["name", "id_number", "phone", "department", "other"]
    name: str = ""
    id_kind: str = ""
    id_number: str = ""
    phone: str = ""
    department: str = ""
    text: str = ""


class AnswerTextIn(Schema):
    text: str = Field(min_length=1, max_length=2000)


class AnswerIn(Schema):
    """``decline`` and ``back`` need a reason, which she reads; ``member``: who she is, where nobody was found.

    ``saw_her`` and ``former_ends``: where a login is replaced, that the officer saw person and document, and knows what ends.
    """

    answer: Literal["accept", "decline", "back"]
    member: int | None = None
    saw_her: bool = False
    former_ends: bool = False
    text: str = ""


@router.post("/who/", response=FoundOut, operation_id="corrections_who")
def who(request: HttpRequest, sent: WhoIn) -> dict[str, str]:
    """Hold her name and number against the roll; five times a day."""
    said, user = cleaned(WhoForm(sent.model_dump())), _user(request)
    accounts.give_consent(user, Consent.Kind.ROLL)
    found, _member = corrections.say_who_she_is(
        user, name=said["name"], id_number=said["id_number"]
    )
    return {"found": found.value}


@router.post("/", response=CorrectionOut, operation_id="corrections_new")
def new(request: HttpRequest, sent: CorrectionIn) -> Correction:
    """Something of hers is wrong on the roll."""
    member, form = member_of(request.user), FORMS[sent.what](sent.model_dump())
    if member is None:
        raise Http404
    said = cleaned(form)
    return corrections.ask_correction(
        member,
        what=sent.what,
        said=said_in(form, sent.what),
        by=_user(request),
        text=said["text"],
    )


@router.get("/{int:case_id}/", response=CorrectionOut, operation_id="corrections_correction")
def correction(request: HttpRequest, case_id: int) -> Correction:
    """One that she asked for."""
    return correction_of(request.user, case_id)


@router.post("/{int:case_id}/answer/", response=CorrectionOut, operation_id="corrections_answer")
def answer(request: HttpRequest, case_id: int, sent: AnswerTextIn) -> Correction:
    """What her union asked for."""
    asked = correction_of(request.user, case_id)
    corrections.answer(asked, by=_user(request), text=sent.text)
    return asked


@desk.get("/{int:case_id}/", response=CorrectionOut, operation_id="corrections_desk_correction")
def desk_correction(request: HttpRequest, case_id: int) -> Correction:
    """One for a union that the officer runs."""
    return correction_in_charge(request.user, case_id)


@desk.post("/{int:case_id}/answer/", response=CorrectionOut, operation_id="corrections_desk_answer")
def desk_answer(request: HttpRequest, case_id: int, sent: AnswerIn) -> Correction:
    """Yes, no, or something is missing."""
    asked, by = correction_in_charge(request.user, case_id), _user(request)
    if sent.answer == "accept":
        people = perhaps_her(asked, by) if asked.what == Correction.What.IDENTITY else None
        form = AcceptForm(sent.model_dump(), people=people, replaces=replaces_a_login(asked, by))
        said = cleaned(form)
        corrections.accept(
            asked, by=by, member=said.get("member"), text=said["text"], made_sure=form.made_sure
        )
        return asked
    text = cleaned(ReasonForm(sent.model_dump()))["text"]
    verdict = corrections.decline if sent.answer == "decline" else corrections.send_back
    verdict(asked, by=by, text=text)
    return asked


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
