"""The member's inbox."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.utils.html import strip_tags
from ninja import Router, Schema, Status

from unionhall.base.api import paged
from unionhall.kernel.notify import actions as notify
from unionhall.kernel.notify import wording
from unionhall.kernel.notify.models import Message, MessageQuerySet
from unionhall.kernel.notify.queries import inbox_of, unread
from unionhall.people.members.queries import member_of

router = Router()


class MessageOut(Schema):
    """A message in the reader's language. ``url`` is the page that it is about, or empty."""

    id: int
    text: str
    url: str
    shown_at: dt.datetime
    read_at: dt.datetime | None

    @staticmethod
    def resolve_text(message: Message) -> str:
        return " ".join(strip_tags(wording.in_inbox(message)).split())

    @staticmethod
    def resolve_url(message: Message) -> str:
        return wording.leads_to(message)


class Unread(Schema):
    unread: int


@router.get("/", response=list[MessageOut], operation_id="inbox")
@paged(size=20)
def inbox(request: HttpRequest) -> MessageQuerySet:
    """What she was told, newest first; nothing for a login without membership."""
    return inbox_of(member_of(request.user))


@router.get("/unread/", response=Unread, operation_id="inbox_unread")
def number_unread(request: HttpRequest) -> dict[str, int]:
    """How many messages she has not looked at."""
    member = member_of(request.user)
    return {"unread": unread(member) if member else 0}


@router.post("/read/", response={204: None}, operation_id="inbox_read_all")
def read_all(request: HttpRequest) -> Status[None]:
    """She has looked at all of them."""
    if member := member_of(request.user):
        notify.mark_all_read(member)
    return Status(204, None)


@router.post("/{message_id}/read/", response=MessageOut, operation_id="inbox_read")
def read(request: HttpRequest, message_id: int) -> Message:
    """She has looked at one of hers; 404 for somebody else's."""
    member = member_of(request.user)
    found = inbox_of(member).get(pk=message_id)
    assert member is not None, "a message is somebody's"  # noqa: S101
    notify.mark_read(found, member=member)
    found.refresh_from_db()
    return found
