"""The first page: one sentence on what can be done today, and the one next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from unionhall.base.access import public
from unionhall.base.clock import now_in_database
from unionhall.domain.welfare.access import works_for_a_merchant
from unionhall.domain.welfare.queries import wallet_of
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.people.members.queries import member_of, union_of
from unionhall.people.unions.queries import is_officer

if TYPE_CHECKING:
    import datetime as dt

GREETINGS = ((5, gettext_lazy("夜里好")), (11, gettext_lazy("早上好")), (13, gettext_lazy("中午好")), (18, gettext_lazy("下午好")), (24, gettext_lazy("晚上好")))


@public
def home(request: HttpRequest) -> HttpResponse:
    """A calm welcome for who is not signed in; for a member what waits; for others the way to their work."""
    if not request.user.is_authenticated:
        return render(request, "home/welcome.html")
    user = cast("User", request.user)
    member, now = member_of(user), now_in_database()
    context: dict[str, object] = {
        "greeting": greeting(timezone.localtime(now), member.name if member else user.name),
        "now": now,
        "member": member,
        "is_officer": is_officer(user),
        "is_clerk": works_for_a_merchant(user),
    }
    if member:
        context |= _waiting(member, now)
    return render(request, "home/home.html", context)


def greeting(now: dt.datetime, name: str) -> str:
    """早上好，白露。"""
    words = next(words for before, words in GREETINGS if now.hour < before)
    return f"{words}，{name}" if name else str(words)


def _waiting(member: Member, now: dt.datetime) -> dict[str, object]:
    wallet = wallet_of(member, now=now)
    return {"union": union_of(member), "usable": wallet.usable, "phases": []}
