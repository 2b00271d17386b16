"""Applications at the desk: looked through, answered one by one or many at once, made for somebody without a phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from unionhall.base.access import allowed
from unionhall.base.paging import page_of
from unionhall.domain.enrolment import actions as enrolment
from unionhall.domain.enrolment.desk.doors import UNPROCESSABLE, officer, open_application
from unionhall.domain.enrolment.forms import (
    AcceptForm,
    ApplicationFilter,
    DeskJoinForm,
    ReasonForm,
)
from unionhall.domain.enrolment.queries import (
    applications_in_charge,
    number_on_roll,
    replaces_a_login,
    shown,
    standing_for,
    unions_to_enter,
)
from unionhall.kernel.casework.actions import AlreadyOpen
from unionhall.kernel.casework.desk import context_of
from unionhall.people.members.rules import masked_phone
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import tops_in_charge, union_in_charge

if TYPE_CHECKING:
    from unionhall.domain.enrolment.models import Application

NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
TOLD = 10  # of those who were left; the others stand in the list as before
AT_ONCE = 100  # as many as a page has and a little more: each is a handful of statements


@allowed(runs_unions)
@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """What waits first; each row may be ticked, and all ticked ones be accepted by one press."""
    form = ApplicationFilter(request.GET)
    context = {
        "form": form,
        "page": page_of(request, form.part_of(applications_in_charge(request.user))),
        "today": timezone.localdate(),
        "union": tops_in_charge(request.user)[0],
    }
    return render(request, "enrolment/desk/index.html", context)


@allowed(runs_unions)
@require_POST
def accept_many(request: HttpRequest) -> HttpResponse:
    """Those who were ticked; who cannot be let in stays, with the reason."""
    ids = [one for one in request.POST.getlist("case") if NUMBER.fullmatch(one)]
    waiting = applications_in_charge(request.user).filter(case__stage="asked", pk__in=ids)
    entered, left = enrolment.accept_all(list(waiting[:AT_ONCE]), by=officer(request))
    if entered:
        said = ngettext("{n} 位入会了。", "{n} 位入会了。", len(entered)).format(n=len(entered))
        messages.success(request, said)
    for one, refusal in left[:TOLD]:
        messages.warning(request, f"{one.name}：{refusal.why}{refusal.next}")
    return redirect("enrolment_desk:index")


@allowed(runs_unions)
@require_safe
@never_cache
def application(request: HttpRequest, application_id: int) -> HttpResponse:
    """What she said, what the roll says of it, and the answers there are."""
    return _page(request, open_application(request, application_id))


@allowed(runs_unions)
@require_POST
@never_cache
def accept(request: HttpRequest, application_id: int) -> HttpResponse:
    asked = open_application(request, application_id)
    by = officer(request)
    unions, replaces = unions_to_enter(by, asked), replaces_a_login(asked)
    form = AcceptForm(request.POST, unions=unions, replaces=replaces)
    if not form.is_valid():
        return _page(request, asked, UNPROCESSABLE, accept_form=form)
    said = form.cleaned_data
    enrolment.accept(
        asked, by=by, union=said.get("union"), text=said["text"], made_sure=form.made_sure
    )
    messages.success(request, _("入会了，已经告诉她。"))
    return redirect(asked.case.desk_page)


VERDICTS = {
    "no": (enrolment.decline, gettext_lazy("没有入会，原因已经告诉她。")),
    "back": (enrolment.send_back, gettext_lazy("请她补了，补上再来。")),
    "found": (enrolment.found_first, gettext_lazy("记下了：先帮她的单位建会。")),
}


@allowed(runs_unions)
@require_POST
@never_cache
def decline(request: HttpRequest, application_id: int) -> HttpResponse:
    """No, or not yet: ``verdict=back`` asks her for what is missing, ``found`` helps her firm to found its union first."""
    asked, form = open_application(request, application_id), ReasonForm(request.POST)
    verdict, said = VERDICTS.get(request.POST.get("verdict", "no"), VERDICTS["no"])
    if not form.is_valid():
        return _page(request, asked, UNPROCESSABLE, reason_form=form)
    verdict(asked, by=officer(request), text=form.cleaned_data["text"])
    messages.success(request, said)
    return redirect(asked.case.desk_page)


@allowed(runs_unions)
@require_POST
@never_cache
def unmask(request: HttpRequest, application_id: int) -> HttpResponse:
    """The number of her document in full; the ledger has it before it is seen."""
    asked = open_application(request, application_id)
    return _page(request, asked, unmasked=enrolment.unmask(asked, by=officer(request)))


def _page(
    request: HttpRequest, asked: Application, status: int = 200, **context: object
) -> HttpResponse:
    case, by = asked.case, officer(request)
    on_roll, member = number_on_roll(asked, by)
    unions, into = unions_to_enter(by, asked), standing_for(case.union)
    told: dict[str, object] = context_of(case, by) | {
        "asked": asked,
        "shown": shown(asked),
        "phone": masked_phone(case.applicant.phone) if case.applicant else "",
        "on_roll": on_roll.value,
        "member": member,
        "accept_form": AcceptForm(
            unions=unions, replaces=replaces_a_login(asked), initial={"union": into.pk}
        ),
        "reason_form": ReasonForm(),
        "may_accept": "accepted" in case.at.to,
        "may_ask_back": "sent_back" in case.at.to,
    }
    return render(request, "enrolment/desk/application.html", told | context, status=status)


@allowed(runs_unions)
@never_cache
def invitation(request: HttpRequest, union_id: int) -> HttpResponse:
    """A union's code to print and hang up; and a form for somebody who stands at the desk without a phone."""
    try:
        union = union_in_charge(request.user, union_id)
    except Union.DoesNotExist as error:
        raise Http404 from error
    form = DeskJoinForm(request.POST or None)
    if form.is_valid():
        return _apply_for_her(request, union, form)
    link = request.build_absolute_uri(f"{reverse('enrolment:new')}?union={union.pk}")
    context = {"union": union, "form": form, "link": link}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "enrolment/desk/invitation.html", context, status=status)


def _apply_for_her(request: HttpRequest, union: Union, form: DeskJoinForm) -> HttpResponse:
    phone = form.cleaned_data["phone"]
    try:
        case = enrolment.apply_at_desk(
            union=union, said=form.said, by=officer(request), phone=phone, **form.situation
        ).case
    except AlreadyOpen as there:
        case = there.case
        messages.info(request, str(there))
    return redirect(case.desk_page)
