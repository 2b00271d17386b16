"""Requests for transfer, going out and coming in, and the answer to one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.paging import page_of
from unionhall.people.members import actions as members
from unionhall.people.members.desk.doors import officer, open_member, open_transfer
from unionhall.people.members.forms import AnswerForm, MoveForm, StandingForm
from unionhall.people.members.models import TransferRequest
from unionhall.people.members.queries import (
    seen_by,
    takes_members,
    transfers_in_charge,
    transfers_to_answer,
    union_of,
)
from unionhall.people.members.queries.transfers import Seen
from unionhall.people.members.rules import masked_id, masked_phone
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of

UNPROCESSABLE = 422
STATES = [
    (TransferRequest.State.ASKED.value, gettext_lazy("等答复")),
    (TransferRequest.State.AGREED.value, gettext_lazy("同意了")),
    (TransferRequest.State.REFUSED.value, gettext_lazy("没有同意")),
    (TransferRequest.State.WITHDRAWN.value, gettext_lazy("撤回了")),
]


@dataclass(frozen=True)
class Shown:
    """A request in the words of one side, with what tells two people of one name apart.

    The phone is what her present union knows, and for its officers alone.
    """

    seen: Seen
    id_number: str
    phone: str

    @property
    def side(self) -> str:
        """``gives``, ``asks``, or ``both`` for whoever runs both unions."""
        if self.seen.from_union is None:
            return "asks"
        return "both" if self.seen.asks else "gives"


@allowed(runs_unions)
@never_cache
def transfers(request: HttpRequest) -> HttpResponse:
    """Those that wait for her first; ``?state=`` narrows the list."""
    state = request.GET.get("state", "")
    requests = transfers_in_charge(request.user)
    if state in TransferRequest.State.values:
        requests = requests.filter(state=state)
    page = page_of(request, requests)
    context = {
        "page": page,
        "rows": _shown(seen_by(request.user, page)),
        "state": state,
        "states": STATES,
        "to_answer": transfers_to_answer(in_charge_of(request.user)).count(),
    }
    return render(request, "members/desk/transfers.html", context)


def _shown(requests: Collection[Seen]) -> list[Shown]:
    return [Shown(one, masked_id(one.request.member.id_number), _phone(one)) for one in requests]


def _phone(seen: Seen) -> str:
    is_hers = seen.from_union and seen.request.state == TransferRequest.State.ASKED
    return masked_phone(seen.request.member.phone or "") if is_hers else ""


@allowed(runs_unions)
@never_cache
def transfer(request: HttpRequest, request_id: int) -> HttpResponse:
    asked = open_transfer(request, request_id)
    seen, form = seen_by(request.user, [asked])[0], AnswerForm(request.POST or None)
    if form.is_valid():
        _answered(request, seen, form)
        return redirect("members_desk:transfer", request_id)
    status = UNPROCESSABLE if form.errors else 200
    context = {"one": _shown([seen])[0], "seen": seen, "asked": asked, "form": form}
    return render(request, "members/desk/transfer.html", context, status=status)


def _answered(request: HttpRequest, seen: Seen, form: AnswerForm) -> None:
    """Only what she may: an answer by the old side, or the request taken back."""
    answer, by = form.cleaned_data["answer"], officer(request)
    if not (seen.may_withdraw if answer == form.WITHDRAW else seen.may_answer):
        raise PermissionDenied
    if answer == form.AGREE:
        members.agree_transfer(seen.request, by=by)
        messages.success(request, _("转过去了，从今天起是新工会的会员。"))
    elif answer == form.REFUSE:
        reason = form.cleaned_data["reason"]
        members.refuse_transfer(seen.request, by=by, reason=reason)
        messages.success(request, _("回绝了，会籍没有变。"))
    else:
        members.withdraw_transfer(seen.request, by=by)
        messages.success(request, _("撤回了。"))


@allowed(runs_unions)
@never_cache
def standing(request: HttpRequest, member_id: int) -> HttpResponse:
    """Keep her membership without a vote, or end it."""
    person, form = open_member(request, member_id), StandingForm(request.POST or None)
    if form.is_valid():
        members.change_live_standing(person, why=form.cleaned_data["why"], by=officer(request))
        messages.success(request, _("记下了。"))
        return redirect("members_desk:index")
    context = {
        "person": person,
        "union": union_of(person),
        "form": form,
        "move_form": MoveForm(unions=takes_members(request.user)),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "members/desk/standing.html", context, status=status)


@allowed(runs_unions)
@require_POST
def move(request: HttpRequest, member_id: int) -> HttpResponse:
    """Ask for a transfer inside what she runs; at once when nobody has to be waited for."""
    person = open_member(request, member_id)
    form = MoveForm(request.POST, unions=takes_members(request.user))
    if not form.is_valid():
        messages.error(request, _("没有转。先选一个工会。"))
        return redirect("members_desk:standing", member_id)
    asked = members.ask_transfer(person, union=form.cleaned_data["union"], by=officer(request))
    return redirect("members_desk:transfer", asked.pk)
