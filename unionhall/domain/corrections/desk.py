"""A correction at the desk: made sure of, answered; or asked for by an officer for somebody who cannot."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from unionhall.base.access import allowed
from unionhall.base.errors import Refused
from unionhall.domain.corrections import actions as corrections
from unionhall.domain.corrections.forms import (
    FORMS,
    AcceptForm,
    LoginPhoneForm,
    ReasonForm,
    said_in,
)
from unionhall.domain.corrections.models import Correction
from unionhall.domain.corrections.queries import (
    correction_in_charge,
    is_in_charge_of,
    perhaps_her,
    replaces_a_login,
    shown,
    stands,
)
from unionhall.kernel.casework.actions import AlreadyOpen
from unionhall.kernel.casework.desk import context_of
from unionhall.kernel.casework.queries import NoSuchCase
from unionhall.people.accounts.models import User
from unionhall.people.members.desk.doors import open_member
from unionhall.people.members.models import Member
from unionhall.people.members.rules import masked_phone
from unionhall.people.unions.access import runs_unions

CONFLICT, UNPROCESSABLE = 409, 422


@allowed(runs_unions)
@require_safe
@never_cache
def correction(request: HttpRequest, case_id: int) -> HttpResponse:
    asked = _asked(request, case_id)
    form = _accept_form(request, asked)
    return _page(request, asked, accept_form=form, reason_form=ReasonForm())


@allowed(runs_unions)
@require_POST
def accept(request: HttpRequest, case_id: int) -> HttpResponse:
    asked = _asked(request, case_id)
    form = _accept_form(request, asked, request.POST)
    if not form.is_valid():
        return _page(request, asked, UNPROCESSABLE, accept_form=form, reason_form=ReasonForm())
    said, by = form.cleaned_data, _officer(request)
    try:
        corrections.accept(
            asked, by=by, member=said.get("member"), text=said["text"], made_sure=form.made_sure
        )
    except Refused as refusal:
        return _page(request, _asked(request, case_id), CONFLICT, accept_form=form, reason_form=ReasonForm(), refusal=refusal)  # fmt: skip
    messages.success(request, _("改好了，已经告诉她。"))
    return redirect(asked.case.desk_page)


@allowed(runs_unions)
@require_POST
def decline(request: HttpRequest, case_id: int) -> HttpResponse:
    """No, or not yet: ``verdict=back`` asks her for what is missing."""
    asked, form = _asked(request, case_id), ReasonForm(request.POST)
    if not form.is_valid():
        accept_form = _accept_form(request, asked)
        return _page(request, asked, UNPROCESSABLE, accept_form=accept_form, reason_form=form)
    text, by = form.cleaned_data["text"], _officer(request)
    if request.POST.get("verdict") == "back":
        corrections.send_back(asked, by=by, text=text)
        messages.success(request, _("请她补了，补上再来。"))
    else:
        corrections.decline(asked, by=by, text=text)
        messages.success(request, _("没有改，原因已经告诉她。"))
    return redirect(asked.case.desk_page)


@allowed(runs_unions)
@require_POST
@never_cache
def unmask(request: HttpRequest, case_id: int) -> HttpResponse:
    """The numbers that she said in full; the ledger has it before they are seen."""
    asked = _asked(request, case_id)
    said = corrections.unmask(asked, by=_officer(request))
    return _page(request, asked, accept_form=_accept_form(request, asked), reason_form=ReasonForm(), unmasked=said)  # fmt: skip


@allowed(runs_unions)
@never_cache
def new(request: HttpRequest, member_id: int, what: str) -> HttpResponse:
    """At the desk, for somebody who stands before it and has no phone to ask with."""
    member = open_member(request, member_id)
    if what not in FORMS:
        raise Http404
    form = FORMS[what](request.POST or None, request.FILES or None)
    if form.is_valid():
        return _ask_for_her(request, member, what, form)
    context = {
        "person": member,
        "form": form,
        "label": Correction.What(what).label,
        "stands": stands(member, what),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "corrections/desk/new.html", context, status=status)


@allowed(runs_unions)
@never_cache
def login(request: HttpRequest, member_id: int) -> HttpResponse:
    """Another phone for her login, with her before the desk."""
    member, form = open_member(request, member_id), LoginPhoneForm(request.POST or None)
    context = {"person": member, "form": form, "phone": _phone_of(member)}
    if not form.is_valid():
        status = UNPROCESSABLE if form.is_bound else 200
        return render(request, "corrections/desk/login.html", context, status=status)
    said = {name: form.cleaned_data[name] for name in ("phone", "saw_her", "joins")}
    try:
        corrections.change_phone(member, by=_officer(request), **said)
    except Refused as refusal:
        context["refusal"] = refusal
        return render(request, "corrections/desk/login.html", context, status=CONFLICT)
    messages.success(request, _("换好了。请她现在用新号码登录一次，原来的号码收到了短信。"))
    return redirect("members_desk:member", member.pk)


def _phone_of(member: Member) -> str:
    """The one that she signs in with, masked."""
    return masked_phone(member.user.phone) if member.user else ""


def _ask_for_her(request: HttpRequest, member: Member, what: str, form: Any) -> HttpResponse:  # noqa: ANN401 — one of FORMS
    try:
        case = corrections.ask_correction(
            member,
            what=what,
            said=said_in(form, what),
            by=_officer(request),
            text=form.cleaned_data["text"],
            papers=form.papers,
        ).case
    except AlreadyOpen as there:
        case = there.case
        messages.info(request, str(there))
    return redirect(case.desk_page)


def _page(
    request: HttpRequest, asked: Correction, status: int = 200, **context: object
) -> HttpResponse:
    case, officer = asked.case, _officer(request)
    hers = is_in_charge_of(officer, case.member)
    told = context_of(case, officer) | {
        "asked": asked,
        "shown": shown(asked),
        "member": case.member if hers else None,
        "moved": bool(case.member) and not hers,
        "stands": stands(case.member, asked.what) if hers and case.member else "",
        "phone": masked_phone(case.applicant.phone) if case.applicant else "",
        "waits": case.stage == "asked",
        "may_unmask": {"id_number", "phone"} & asked.columns.keys(),
    }
    return render(request, "corrections/desk/correction.html", told | context, status=status)


def _accept_form(
    request: HttpRequest, asked: Correction, said: QueryDict | None = None
) -> AcceptForm:
    replaces = replaces_a_login(asked, _officer(request))
    return AcceptForm(said, people=_people(request, asked), replaces=replaces)


def _people(request: HttpRequest, asked: Correction) -> QuerySet[Member] | None:
    """Only where nobody was found is there anybody to choose."""
    if asked.what != Correction.What.IDENTITY:
        return None
    return perhaps_her(asked, _officer(request))


def _asked(request: HttpRequest, case_id: int) -> Correction:
    try:
        return correction_in_charge(request.user, case_id)
    except NoSuchCase as error:
        raise Http404 from error


def _officer(request: HttpRequest) -> User:
    return cast("User", request.user)
