"""What the union knows about her, what she agreed to, and who looked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.contrib import auth, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from unionhall.base.access import signed_in
from unionhall.base.ledger.queries import entries_of
from unionhall.domain.welfare.access import works_for_a_merchant
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import Consent, User
from unionhall.people.accounts.queries import has_consented, live_consents
from unionhall.people.members.queries import member_of
from unionhall.people.members.rules.masks import masked_id, masked_phone
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import is_officer
from unionhall.site.coming_back import wanted
from unionhall.site.second_factor import state_of
from unionhall.site.sign_in import find_on_the_roll

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from unionhall.people.members.models import Member

LOOKS_SHOWN = 20
UNMASKED = "members.value_unmasked"


@dataclass(frozen=True)
class Choice:
    """A consent as it stands, and what it is for."""

    kind: str
    label: str
    purpose: str
    given_at: dt.datetime | None


@dataclass(frozen=True)
class Look:
    """Somebody saw a value that is otherwise masked."""

    who: str
    at: dt.datetime
    value: str


@signed_in
def me(request: HttpRequest) -> HttpResponse:
    """Her page."""
    user = cast("User", request.user)
    member = member_of(user)
    context = {
        "facts": list(_facts(user, member)),
        "member": member,
        "roll_agreed": member is None and has_consented(user, Consent.Kind.ROLL),
        "choices": list(choices_of(user)),
        "looks": looks_at(member) if member else [],
        "second_factor": state_of(user),
        "is_officer": is_officer(user),
        "is_clerk": works_for_a_merchant(user),
    }
    return render(request, "me/me.html", context)


def _facts(user: User, member: Member | None) -> Iterator[tuple[str, str, str]]:
    """Label, value, where it comes from and what it is for."""
    if member is None:
        yield _("手机"), masked_phone(user.phone), _("你登录时填的，用来登录")
        return
    yield _("姓名"), member.name, _("名册里登记的，用来确认是你本人")
    yield _("证件"), masked_id(member.id_number), _("名册里登记的，加密存放，办事的人也只看到这样")
    yield _("手机"), masked_phone(user.phone), _("你登录时填的，用来登录和发提醒")
    membership = member.memberships.filter(left_on=None).select_related("union").first()
    if membership:
        joined = (
            _("，{day:%Y 年 %-m 月}起").format(day=membership.joined_on)
            if membership.joined_on
            else ""
        )
        yield _("工会"), membership.union.name, _("工会填的，决定你能参加哪些活动")
        yield _("会籍"), f"{membership.get_standing_display()}{joined}", _("工会审核的")


def choices_of(user: User) -> Iterator[Choice]:
    given = {consent.kind: consent.given_at for consent in live_consents(user)}
    purposes = {
        Consent.Kind.PRIVACY: _("没有它就不能登录。撤回会马上退出，会籍不受影响"),
        Consent.Kind.ROLL: _("参加活动、领券时要用。撤回后不再核对，已经核对上的不变"),
        Consent.Kind.SMS: _("关着就只在站内收消息，验证码照发"),
        Consent.Kind.WINNERS: _("关着就不写你的名字，名次照算，券照发"),
    }
    for kind, purpose in purposes.items():
        yield Choice(kind.value, str(kind.label), purpose, given.get(kind.value))


def looks_at(member: Member) -> list[Look]:
    """From the ledger, newest first: each time somebody saw her phone or ID number in full."""
    entries = list(entries_of(member).filter(action=UNMASKED)[:LOOKS_SHOWN])
    people = User.objects.in_bulk([entry.by_id for entry in entries if entry.by_id])
    unions = Union.objects.in_bulk([entry.union_id for entry in entries if entry.union_id])
    values = {"phone": _("手机号"), "id_number": _("证件号码")}
    looks = []
    for entry in entries:
        names = [unions.get(entry.union_id or 0), people.get(entry.by_id or 0)]
        who = " ".join(str(name) for name in names if name) or _("系统")
        looks.append(Look(who, entry.at, values.get(entry.detail.get("field", ""), _("资料"))))
    return looks


@signed_in
@require_POST
def more_time(request: HttpRequest) -> HttpResponse:
    """More time for quizzes (WCAG 2.2.1), for whoever asks; nobody asks why."""
    wish = request.POST.get("more_time") == "yes"
    accounts.choose_more_time(cast("User", request.user), more_time=wish)
    messages.success(request, _("以后答题多给你时间。") if wish else _("以后答题按一般时间。"))
    return redirect(wanted(request, "me"))


@signed_in
@require_POST
def consent(request: HttpRequest, kind: str) -> HttpResponse:
    """Give one consent or withdraw it; one press each way."""
    if kind not in Consent.Kind.values:
        raise Http404
    user = cast("User", request.user)
    if request.POST.get("given") == "yes":
        accounts.give_consent(user, kind)
        find_on_the_roll(user)
        messages.success(request, _("记下了：你同意。"))
    else:
        accounts.withdraw_consent(user, kind)
        messages.success(request, _("记下了：你不同意了。"))
    if kind == Consent.Kind.PRIVACY and request.POST.get("given") != "yes":
        auth.logout(request)
        return redirect("home")
    return redirect(wanted(request, "me"))
