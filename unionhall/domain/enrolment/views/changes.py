"""A member asks for a transfer, leaves, or retires; and sees how it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from unionhall.base.access import signed_in
from unionhall.base.choosing import asked_by_box
from unionhall.domain.enrolment import actions as enrolment
from unionhall.domain.enrolment.forms import LeaveForm, TransferForm, WordForm
from unionhall.domain.enrolment.queries import change_of, transfer_of, unions_to_go_to
from unionhall.kernel.casework.actions import AlreadyOpen
from unionhall.kernel.casework.queries import NoSuchCase
from unionhall.kernel.casework.views import context_of
from unionhall.people.members.queries import member_of, union_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import Form

    from unionhall.kernel.casework.models import Case
    from unionhall.people.accounts.models import User
    from unionhall.people.members.models import Member

UNPROCESSABLE = 422


@signed_in
@never_cache
def transfer(request: HttpRequest) -> HttpResponse:
    """To the union of her new employer; ``?union=`` comes from that union's code."""
    member = member_of(request.user)
    asked = request.GET.get("union", "")
    initial = {"union": asked} if asked.isdecimal() else asked_by_box(request.GET, "union")
    form = TransferForm(
        request.POST or None, unions=unions_to_go_to(union_of(member) if member else None), initial=initial
    )  # fmt: skip
    return _asking(
        request,
        member,
        form,
        "enrolment/transfer.html",
        lambda member, said: enrolment.ask_transfer(member, by=_user(request), **said).case,
    )


@signed_in
@never_cache
def leave(request: HttpRequest) -> HttpResponse:
    """What she loses stands above the button."""
    form = LeaveForm(request.POST or None)
    return _asking(
        request,
        member_of(request.user),
        form,
        "enrolment/leave.html",
        lambda member, said: enrolment.ask_to_leave(member, by=_user(request), text=said["text"]),
    )


@signed_in
@never_cache
def retirement(request: HttpRequest) -> HttpResponse:
    """Her membership is kept."""
    form = WordForm(request.POST or None)
    return _asking(
        request,
        member_of(request.user),
        form,
        "enrolment/retirement.html",
        lambda member, said: enrolment.ask_retirement(member, by=_user(request), **said),
    )


def _asking(
    request: HttpRequest,
    member: Member | None,
    form: Form,
    page: str,
    ask: Callable[[Member, dict[str, object]], Case],
) -> HttpResponse:
    """The form; then the new matter, or the one about it that is open already. Who is no member joins first."""
    union = union_of(member) if member else None
    if member is None or union is None:
        return redirect("enrolment:new")
    if form.is_valid():
        try:
            case = ask(member, form.cleaned_data)
        except AlreadyOpen as there:
            case = there.case
            messages.info(request, str(there))
        return redirect(case.page)
    context = {"form": form, "union": union, "member": member}
    return render(request, page, context, status=UNPROCESSABLE if form.errors else 200)


@signed_in
@require_safe
@never_cache
def change(request: HttpRequest, change_id: int) -> HttpResponse:
    """Where it stands."""
    case = _hers(request, change_id)
    return render(request, "enrolment/change.html", context_of(case))


@signed_in
@require_POST
def stop(request: HttpRequest, change_id: int) -> HttpResponse:
    """She stays where she is, though the new union has taken her already."""
    try:
        asked = transfer_of(_hers(request, change_id))
    except NoSuchCase as error:
        raise Http404 from error
    enrolment.stop_transfer(asked, by=_user(request))
    messages.success(request, _("撤回了，会籍没有动。"))
    return redirect(asked.case.page)


def _hers(request: HttpRequest, change_id: int) -> Case:
    try:
        return change_of(request.user, change_id)
    except NoSuchCase as error:
        raise Http404 from error


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
