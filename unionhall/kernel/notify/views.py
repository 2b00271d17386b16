from __future__ import annotations

from dataclasses import dataclass
from typing import Self, cast

from django.conf import settings
from django.contrib import messages as messages_of_django
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from unionhall.base.access import public, signed_in
from unionhall.base.paging import chosen_of, page_of
from unionhall.base.phones import masked_phone
from unionhall.kernel.notify import actions as notify
from unionhall.kernel.notify import plugins, wording
from unionhall.kernel.notify.models import Message
from unionhall.kernel.notify.queries import (
    all_switched_off,
    inbox_about,
    inbox_of,
    last_texts,
    unread,
)
from unionhall.kernel.notify.rules import Topic
from unionhall.people.accounts.models import Consent, User
from unionhall.people.accounts.queries import has_consented
from unionhall.people.members.models import Member
from unionhall.people.members.queries import member_of

DEMO_NUMBERS = "19900"  # 199 0000 to 199 0099: given to nobody, so they are shown in full


@signed_in
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What she was told; narrowed to what she has not looked at, or to one chapter."""
    member, groups = member_of(request.user), _groups()
    group = chosen_of(request, "topic", groups)
    only_unread = chosen_of(request, "show", {"unread"}) == "unread"
    found = inbox_about(
        member, apps=_apps_of(groups.get(group, ""), groups), unread_only=only_unread
    )
    page = page_of(request, found, size=20)
    messages = [(message, wording.in_inbox(message), wording.leads_to(message)) for message in page]
    context = {
        "page": page,
        "messages_shown": messages,
        "new": unread(member) if member else 0,
        "chapters": {label: _apps_of(label, groups)[0] for label in groups.values()},
        "chapter": groups.get(group, ""),
        "group": group,
        "only_unread": only_unread,
    }
    return render(request, "notify/inbox.html", context)


def _groups() -> dict[str, str]:
    """The chapters that tell something, by the apps of their topics: several may share one."""
    return {topic.app: str(topic.group) for topic in plugins.topics().values()}


def _apps_of(chapter: str, groups: dict[str, str]) -> list[str]:
    """Those whose topics are of this chapter."""
    return [app for app, label in groups.items() if label == chapter]


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """How she hears of what; one form for all, and what cannot be chosen says why."""
    member = member_of(request.user)
    if member and request.method == "POST":
        _choose_all(request, member)
        messages_of_django.success(request, _("记下了：以后照这样告诉你。"))
        return redirect("notify:settings")
    off = all_switched_off(member) if member else set()
    context = {
        "member": member,
        "lines": [Choosable.of(topic, off) for topic in plugins.topics().values()],
        "texts_agreed": has_consented(cast("User", request.user), Consent.Kind.SMS),
    }
    return render(request, "notify/settings.html", context)


@dataclass(frozen=True)
class Choosable:
    """A topic with the channels of it that there are to choose, each with whether it is on."""

    topic: Topic
    channels: list[tuple[str, str, bool, bool]]  # name, what it is called, on, may be switched

    @classmethod
    def of(cls, topic: Topic, off: set[tuple[str, str]]) -> Self:
        """As it stands."""
        called = {"inbox": _("站内消息"), "sms": _("短信")}
        return cls(
            topic,
            [
                (name, called[name], (topic.name, name) not in off, topic.may_be_off(name))
                for name in topic.channels
            ],
        )


def _choose_all(request: HttpRequest, member: Member) -> None:
    """A box that is not ticked is not sent along: what could be ticked and was not is switched off."""
    ticked = set(request.POST.getlist("on"))
    user = cast("User", request.user)
    for topic in plugins.topics().values():
        for channel in topic.channels:
            if topic.may_be_off(channel) and f"asked:{channel}" in request.POST:
                wanted = f"{topic.name}:{channel}" in ticked
                notify.choose(member, topic.name, channel, wanted=wanted, by=user)


@signed_in
@require_safe
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """Looks at what a message is about; that it was looked at is kept."""
    return redirect(wording.leads_to(_looked_at(request, message_id)) or "notify:inbox")


@signed_in
@require_POST
def read(request: HttpRequest, message_id: int) -> HttpResponse:
    _looked_at(request, message_id)
    return redirect("notify:inbox")


def _looked_at(request: HttpRequest, message_id: int) -> Message:
    """A message of her own; that of somebody else is not there."""
    member = get_object_or_404(Member, user_id=request.user.pk)
    found = get_object_or_404(inbox_of(member), pk=message_id)
    notify.mark_read(found, member=member)
    return found


@signed_in
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    if member := member_of(request.user):
        notify.mark_all_read(member)
    return redirect("notify:inbox")


@public
@require_safe
def sent_texts(request: HttpRequest) -> HttpResponse:
    """What the console vendor "sent": in a demonstration only."""
    if not settings.DEMO:
        raise Http404
    texts = [(_shown(text.phone), text.text, text.sent_at) for text in last_texts()]
    return render(request, "notify/sent_texts.html", {"texts": texts})


def _shown(phone: str) -> str:
    return phone if phone.startswith(DEMO_NUMBERS) else masked_phone(phone)
