from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from unionhall.base.access import public, signed_in
from unionhall.base.paging import page_of
from unionhall.base.phones import masked_phone
from unionhall.kernel.notify import actions as notify
from unionhall.kernel.notify import wording
from unionhall.kernel.notify.models import Message
from unionhall.kernel.notify.queries import inbox_of, last_texts, unread
from unionhall.people.members.models import Member
from unionhall.people.members.queries import member_of

DEMO_NUMBERS = "19900"  # 199 0000 to 199 0099: given to nobody, so they are shown in full


@signed_in
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    member = member_of(request.user)
    page = page_of(request, inbox_of(member), size=20)
    messages = [(message, wording.in_inbox(message), wording.leads_to(message)) for message in page]
    context = {"page": page, "messages_shown": messages, "new": unread(member) if member else 0}
    return render(request, "notify/inbox.html", context)


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
