"""She says who she is, and what of hers is wrong; she follows what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from unionhall.base.access import signed_in
from unionhall.base.choosing import asked_by_box
from unionhall.domain.corrections import actions as corrections
from unionhall.domain.corrections.forms import FORMS, FindMeForm, WhoForm, said_in
from unionhall.domain.corrections.models import Correction
from unionhall.domain.corrections.queries import (
    correction_of,
    said_again,
    sealed_said,
    shown,
    stands,
)
from unionhall.kernel.casework.actions import AlreadyOpen
from unionhall.kernel.casework.forms import NoteForm
from unionhall.kernel.casework.queries import NoSuchCase
from unionhall.kernel.casework.views import context_of
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import Consent, User
from unionhall.people.members.models import Member
from unionhall.people.members.queries import member_of
from unionhall.people.members.queries.identity import Found, judged_identity
from unionhall.people.unions.models import Union

UNPROCESSABLE = 422
SAID = "who_she_is"  # in the session: what she said, sealed


@signed_in
@never_cache
def who(request: HttpRequest) -> HttpResponse:
    """First step: name and number. To send them is to agree that they are held against the roll."""
    user = _user(request)
    if member_of(user):
        return redirect("me")
    form = WhoForm(request.POST or None)
    if form.is_valid():
        return _judged(request, user, form.cleaned_data)
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "corrections/who.html", {"form": form}, status=status)


def _judged(request: HttpRequest, user: User, said: dict[str, str]) -> HttpResponse:
    accounts.give_consent(user, Consent.Kind.ROLL)
    verdict, _member = corrections.say_who_she_is(
        user, name=said["name"], id_number=said["id_number"]
    )
    if verdict is Found.HERS:
        messages.success(request, _("对上了，名册上就是你。"))
        return redirect("home")
    request.session[SAID] = sealed_said(said)
    return redirect("corrections:found")


@signed_in
@never_cache
def found(request: HttpRequest) -> HttpResponse:
    """Second step: what was found, why it does not fit, and what she can do."""
    user = _user(request)
    if SAID not in request.session or member_of(user):
        return redirect("corrections:who")
    said = said_again(request.session[SAID])
    verdict, member = judged_identity(user, name=said["name"], id_number=said["id_number"])
    if member:
        return _ask_for_login(request, member, verdict)
    return _ask_to_be_found(request, said)


def _ask_for_login(request: HttpRequest, member: Member, verdict: Found) -> HttpResponse:
    """Name and number are known to her, and still it may be somebody else: her union makes sure."""
    if request.method == "POST":
        return _asked(request, lambda: corrections.ask_for_login(_user(request), member))
    return render(request, "corrections/found.html", {"what": verdict.value, "name": member.name})


def _ask_to_be_found(request: HttpRequest, said: dict[str, str]) -> HttpResponse:
    """Nobody fits: she names the union that has to look for her."""
    unions = Union.objects.filter(level__gte=Union.Level.STREET).order_by("path")
    initial = asked_by_box(request.GET, "union")
    form = FindMeForm(request.POST or None, request.FILES or None, unions=unions, initial=initial)
    if form.is_valid():
        text, union = form.cleaned_data["text"], form.cleaned_data["union"]
        return _asked(
            request,
            lambda: corrections.ask_to_be_found(
                _user(request), union=union, said=said, text=text, papers=form.papers
            ),
        )
    context = {"form": form, "said": said}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "corrections/nobody.html", context, status=status)


@signed_in
@never_cache
def new(request: HttpRequest, what: str) -> HttpResponse:
    """Something of hers is wrong."""
    member = member_of(request.user)
    if what not in FORMS:
        raise Http404
    if member is None:
        return redirect("corrections:who")
    form = FORMS[what](request.POST or None, request.FILES or None)
    if form.is_valid():
        return _asked(
            request,
            lambda: corrections.ask_correction(
                member,
                what=what,
                said=said_in(form, what),
                by=_user(request),
                text=form.cleaned_data["text"],
                papers=form.papers,
            ),
        )
    label = Correction.What(what).label
    return render(
        request,
        "corrections/new.html",
        {"form": form, "label": label, "stands": stands(member, what)},
        status=UNPROCESSABLE if form.errors else 200,
    )


@signed_in
@require_safe
@never_cache
def correction(request: HttpRequest, case_id: int) -> HttpResponse:
    """Where it stands."""
    asked = _hers(request, case_id)
    context = context_of(asked.case) | {"asked": asked, "shown": shown(asked)}
    return render(request, "corrections/correction.html", context)


@signed_in
@require_POST
def answer(request: HttpRequest, case_id: int) -> HttpResponse:
    """What the union asked for."""
    asked, form = _hers(request, case_id), NoteForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(
            request, "casework/note.html", {"case": asked.case, "form": form}, status=UNPROCESSABLE
        )
    text = form.cleaned_data["text"]
    corrections.answer(asked, by=_user(request), text=text, papers=form.papers)
    messages.success(request, _("补上了，工会接着办。"))
    return redirect(asked.case.page)


def _asked(request: HttpRequest, ask: Callable[[], Correction]) -> HttpResponse:
    """To the new matter, or to the one that is open about this already."""
    try:
        case = ask().case
    except AlreadyOpen as there:
        case = there.case
        messages.info(request, str(there))
        if case.applicant_id != request.user.pk:  # an officer asked for her
            return redirect("casework:index")
    else:
        request.session.pop(SAID, None)
        messages.success(request, _("提交了，5 个工作日内有结果。"))
    return redirect(case.page)


def _hers(request: HttpRequest, case_id: int) -> Correction:
    try:
        return correction_of(request.user, case_id)
    except NoSuchCase as error:
        raise Http404 from error


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
