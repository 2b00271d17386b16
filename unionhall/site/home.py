"""The first page: one sentence on what can be done today, and the one next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from unionhall.base.access import public
from unionhall.base.clock import now_in_database
from unionhall.domain.learning.queries import seconds_left, watching_of
from unionhall.domain.lectures.queries import (
    OpenPhase,
    Promise,
    Step,
    open_phases_for,
    phase_for,
    promise_of,
)
from unionhall.domain.welfare.access import works_for_a_merchant
from unionhall.domain.welfare.queries import giveaways_for, wallet_of
from unionhall.domain.welfare.rules.giveaways import Stage
from unionhall.people.accounts.models import Consent
from unionhall.people.accounts.queries import has_consented
from unionhall.people.members.queries import member_of, union_of
from unionhall.people.unions.queries import is_officer

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

    from unionhall.domain.learning.models import Lesson, Watching
    from unionhall.people.members.models import Member

GREETINGS = (
    (5, gettext_lazy("夜里好")),
    (11, gettext_lazy("早上好")),
    (13, gettext_lazy("中午好")),
    (18, gettext_lazy("下午好")),
    (24, gettext_lazy("晚上好")),
)
TO_CLAIM = (Stage.OPEN, Stage.SOON)
TO_DO = (Step.WATCH, Step.ANSWER)


@public
def home(request: HttpRequest) -> HttpResponse:
    """A welcome for strangers; for a member what waits; for others the way to their work."""
    if not request.user.is_authenticated:
        return render(request, "home/welcome.html")
    user = request.user
    member, now = member_of(user), now_in_database()
    context: dict[str, object] = {
        "greeting": greeting(timezone.localtime(now), member.name if member else user.name),
        "now": now,
        "member": member,
        "is_officer": is_officer(user),
        "is_clerk": works_for_a_merchant(user),
        "roll_agreed": member is None and has_consented(user, Consent.Kind.ROLL),
    }
    if member:
        context |= _waiting(member, now)
    return render(request, "home/home.html", context)


def greeting(now: dt.datetime, name: str) -> str:
    """``早上好，白露。``, by the hour."""
    words = next(words for before, words in GREETINGS if now.hour < before)
    return (
        _("{words}，{name}。").format(words=words, name=name)
        if name
        else _("{words}。").format(words=words)
    )


def _waiting(member: Member, now: dt.datetime) -> dict[str, object]:
    phases = open_phases_for(member, now=now)
    to_do = [phase for phase in phases if phase.step in TO_DO]
    usable, union = wallet_of(member).usable, union_of(member)
    lines = giveaways_for(member, union.path, now=now) if union else []
    return {
        "union": union,
        "giveaways": [line for line in lines if line.stage in TO_CLAIM and line.claim is None],
        "sentence": _sentence(len(to_do), len(usable)),
        "next": _next_step(to_do[0], member) if to_do else None,
        "later": [phase for phase in phases if phase not in to_do[:1]],
        "usable": usable,
    }


def _sentence(things: int, vouchers: int) -> str:
    if things:
        return ngettext("今天有 {n} 件事等你。", "今天有 {n} 件事等你。", things).format(n=things)
    if vouchers:
        return ngettext("有 {n} 张券等你去用。", "有 {n} 张券等你去用。", vouchers).format(
            n=vouchers
        )
    return _("今天没有事等你。")


@dataclass(frozen=True)
class NextStep:
    """The phase that ends first, and how far she is with it."""

    phase: OpenPhase
    promise: Promise
    lesson: Lesson
    watching: Watching | None
    seconds_left: int

    @property
    def seconds_seen(self) -> int:
        """How much of the video is behind her."""
        return max(0, self.lesson.seconds - self.seconds_left)


def _next_step(line: OpenPhase, member: Member) -> NextStep:
    phase = phase_for(member, line.phase_id)
    assert phase.lesson is not None, "published"  # noqa: S101 — says so
    watching = watching_of(phase.lesson, member)
    return NextStep(
        line, promise_of(phase), phase.lesson, watching, seconds_left(phase.lesson, watching)
    )
