"""She asks to join: where she works, which union, who she is; and sees how it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from unionhall.base.access import signed_in
from unionhall.domain.enrolment import actions as enrolment
from unionhall.domain.enrolment.forms import MAIN, AnswerForm, JoinForm, answers_of
from unionhall.domain.enrolment.models import Application
from unionhall.domain.enrolment.queries import (
    application_of,
    choices_for,
    open_application_of,
    short_names,
    shown,
    unions_for,
)
from unionhall.kernel.casework.actions import AlreadyOpen
from unionhall.kernel.casework.queries import NoSuchCase
from unionhall.kernel.casework.views import context_of
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import Consent
from unionhall.people.members.queries import member_of, union_of

if TYPE_CHECKING:
    from unionhall.people.accounts.models import User
    from unionhall.people.unions.models import Union

UNPROCESSABLE = 422
Situation, Occupation = Application.Situation, Application.Occupation


@signed_in
@require_safe
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """The first question. With ``?union=``, from a union's own code, the second is answered already."""
    if elsewhere := _led_elsewhere(request):
        return elsewhere
    asked = request.GET.get("union", "")
    union = _union(Situation.NEW_FORM, int(asked)) if asked.isdecimal() else None
    if union and union.level >= union.Level.GRASSROOTS:
        return redirect("enrolment:who", Situation.UNION, union.pk)
    rows = [(one.label, _next_page(one, union)) for one in Occupation]
    context = {
        "union": union,
        "mine": _next_page(Situation.UNION, None),
        "none": _next_page(Situation.NONE, union),
        "main": rows[: len(MAIN)],
        "others": rows[len(MAIN) :],
    }
    return render(request, "enrolment/new.html", context)


def _next_page(code: str, union: Union | None) -> str:
    if union:
        return reverse("enrolment:who", args=[code, union.pk])
    return reverse("enrolment:where", args=[code])


def _led_elsewhere(request: HttpRequest) -> HttpResponse | None:
    """A member goes on to a transfer; who has asked already, to what comes of it."""
    user = _user(request)
    member = member_of(user)
    if member and union_of(member):
        messages.info(request, _("你已经是会员。换了单位，办转会。"))
        return redirect("enrolment:transfer")
    case = open_application_of(user)
    return redirect(case.page) if case else None


@signed_in
@require_safe
@never_cache
def where(request: HttpRequest, situation: str) -> HttpResponse:
    """The second: which union; found by a part of a name, or tapped where they are few."""
    kind, _occupation = _answers(situation)
    text = request.GET.get("q", "").strip()[:120]
    unions = choices_for(kind, text)
    found = unions or []
    rows = [
        (one, short, reverse("enrolment:who", args=[situation, one.pk]))
        for one, short in zip(found, short_names(found), strict=True)
    ]
    context = {"kind": kind, "rows": rows, "ask": unions is None or bool(text), "q": text}
    return render(request, "enrolment/where.html", context)


@signed_in
@never_cache
def who(request: HttpRequest, situation: str, into_id: int) -> HttpResponse:
    """The third: who she is. To send it is to ask, and to agree that it is held against the roll."""
    if elsewhere := _led_elsewhere(request):
        return elsewhere
    kind, occupation = _answers(situation)
    union = _union(kind, into_id)
    form = JoinForm(request.POST or None, situation=kind)
    if form.is_valid():
        return _applied(request, form, union, {"situation": kind, "occupation": occupation})
    label = Occupation(occupation).label if occupation else ""
    context = {"form": form, "union": union, "occupation": label, "situation": situation}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "enrolment/who.html", context, status=status)


def _applied(
    request: HttpRequest, form: JoinForm, union: Union, answers: dict[str, str]
) -> HttpResponse:
    """To the new matter, to the one that is open already, or to binding, where she is on a roll."""
    user = _user(request)
    accounts.give_consent(user, Consent.Kind.ROLL)
    employer = form.cleaned_data.get("employer", "")
    try:
        case = enrolment.apply_to_join(
            user, union=union, said=form.said, employer=employer, **answers
        ).case
    except AlreadyOpen as there:
        case = there.case
        messages.info(request, str(there))
    except enrolment.OnTheRoll:
        return render(request, "enrolment/on_the_roll.html", {"said": form.said}, status=409)
    return redirect(case.page)


@signed_in
@require_safe
@never_cache
def application(request: HttpRequest, application_id: int) -> HttpResponse:
    """Where it stands."""
    return _page(request, _hers(request, application_id))


@signed_in
@require_POST
@never_cache
def answer(request: HttpRequest, application_id: int) -> HttpResponse:
    """What the union asked for."""
    asked, form = _hers(request, application_id), AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, asked, form, status=UNPROCESSABLE)
    enrolment.answer(
        asked,
        said=form.said,
        by=_user(request),
        text=form.cleaned_data["text"],
        papers=form.papers,
    )
    messages.success(request, _("补上了，工会接着办。"))
    return redirect(asked.case.page)


def _page(
    request: HttpRequest, asked: Application, form: AnswerForm | None = None, status: int = 200
) -> HttpResponse:
    known = {"name": asked.name, "id_kind": asked.id_kind}
    context = context_of(asked.case) | {
        "asked": asked,
        "shown": shown(asked),
        "form": form or AnswerForm(initial=known),
    }
    return render(request, "enrolment/application.html", context, status=status)


def _answers(situation: str) -> tuple[str, str]:
    answers = answers_of(situation)
    if answers is None:
        raise Http404
    return answers


def _union(kind: str, union_id: int) -> Union:
    """One that somebody in this situation may ask."""
    union = unions_for(kind).filter(pk=union_id).first()
    if union is None:
        raise Http404
    return union


def _hers(request: HttpRequest, application_id: int) -> Application:
    try:
        return application_of(request.user, application_id)
    except NoSuchCase as error:
        raise Http404 from error


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
