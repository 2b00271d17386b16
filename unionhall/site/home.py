"""The first page: one sentence on what can be done today, and the one next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from unionhall.base.access import public
from unionhall.domain.enrolment.queries import open_application_of
from unionhall.domain.welfare.rules.giveaways import Stage
from unionhall.people.accounts.models import Consent
from unionhall.people.accounts.queries import has_consented
from unionhall.people.members.queries import member_and_union
from unionhall.site import things
from unionhall.site.standing import standing_of

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

    from unionhall.people.accounts.models import User
    from unionhall.people.members.models import Member
    from unionhall.people.unions.models import Union
    from unionhall.site.standing import Standing

GREETINGS = (
    (5, gettext_lazy("夜里好")),
    (11, gettext_lazy("早上好")),
    (13, gettext_lazy("中午好")),
    (18, gettext_lazy("下午好")),
    (24, gettext_lazy("晚上好")),
)


@public
def home(request: HttpRequest) -> HttpResponse:
    """A welcome for strangers; for a member what waits; for others the way to their work."""
    if not request.user.is_authenticated:
        return render(request, "home/welcome.html")
    user = cast("User", request.user)
    (member, union), standing = member_and_union(user), standing_of(user)
    context: dict[str, object] = {
        "greeting": greeting(
            timezone.localtime(standing.now), member.name if member else user.name
        ),
        "now": standing.now,
        "member": member,
        "application": None if member else open_application_of(user),
        "is_officer": standing.is_officer,
        "is_clerk": standing.is_clerk,
        "unread": standing.unread,
        "roll_agreed": member is None and has_consented(user, Consent.Kind.ROLL),
    }
    if member:
        context |= _waiting(member, union, standing)
    return render(request, "home/home.html", context)


def greeting(now: dt.datetime, name: str) -> str:
    """``早上好，白露。``, by the hour."""
    words = next(words for before, words in GREETINGS if now.hour < before)
    return (
        _("{words}，{name}。").format(words=words, name=name)
        if name
        else _("{words}。").format(words=words)
    )


def _waiting(member: Member, union: Union | None, standing: Standing) -> dict[str, object]:
    seen = things.look(member, union, now=standing.now, unread=standing.unread)
    found = things.things_for(seen)
    first = next((one for one in found if one.card), None)
    done = [line for line in seen.phases if line.step not in things.TO_DO]
    soon = [line for line in seen.giveaways if line.stage is Stage.SOON and line.claim is None]
    return {
        "union": union,
        "sentence": _sentence(sum(1 for one in found if one.card), len(seen.usable)),
        "first": first,
        "next": _next_step(first),
        "others": [one for one in found if one is not first],
        "later": done,
        "soon": soon,
        "usable": seen.usable,
    }


def _sentence(waiting: int, vouchers: int) -> str:
    if waiting:
        return ngettext("今天有 {n} 件事等你。", "今天有 {n} 件事等你。", waiting).format(n=waiting)
    if vouchers:
        return ngettext("有 {n} 张券等你去用。", "有 {n} 张券等你去用。", vouchers).format(
            n=vouchers
        )
    return _("今天没有事等你。")


def _next_step(first: things.Thing | None) -> things.NextStep | None:
    line = first.about if first else None
    return things.step_of(line) if isinstance(line, things.OpenPhase) else None
