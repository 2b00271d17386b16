"""The member's inbox."""

from __future__ import annotations

import datetime as dt
from typing import Literal, cast

from django.http import Http404, HttpRequest
from ninja import Router, Schema, Status

from unionhall.base.api import paged
from unionhall.kernel.notify import actions as notify
from unionhall.kernel.notify import plugins, wording
from unionhall.kernel.notify.models import Message, MessageQuerySet
from unionhall.kernel.notify.queries import all_switched_off, inbox_of, unread
from unionhall.people.accounts.models import User
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
        return wording.as_plain(message)

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


class TopicOut(Schema):
    """``on``: the channels by which she hears of it; ``choosable``: those of them that she may switch off and on."""

    topic: str
    label: str
    on: list[str]
    choosable: list[str]


class Wish(Schema):
    topic: str
    channel: Literal["inbox", "sms"]
    wanted: bool


@router.get("/settings/", response=list[TopicOut], operation_id="inbox_settings")
def settings(request: HttpRequest) -> list[TopicOut]:
    """How she hears of what; a text message only goes out with her consent to them, besides."""
    member = member_of(request.user)
    off = all_switched_off(member) if member else set()
    return [
        TopicOut(
            topic=topic.name,
            label=str(topic.label),
            on=[one for one in topic.channels if (topic.name, one) not in off],
            choosable=[one for one in topic.channels if topic.may_be_off(one)],
        )
        for topic in plugins.topics().values()
    ]


@router.put("/settings/", response=list[TopicOut], operation_id="inbox_choose")
def choose(request: HttpRequest, wish: Wish) -> list[TopicOut]:
    """Switch one channel of one topic off or on; 409 where it cannot be."""
    member = member_of(request.user)
    if member is None:
        raise Http404
    user = cast("User", request.user)
    notify.choose(member, wish.topic, wish.channel, wanted=wish.wanted, by=user)
    return settings(request)


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
