from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Collection
from operator import or_

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from unionhall.base.clock import now_in_database
from unionhall.kernel.notify.models import (
    ConsoleText,
    Delivery,
    Message,
    MessageQuerySet,
    SwitchedOff,
)
from unionhall.people.members.models import Member

TEXTS_KEPT = dt.timedelta(days=30)
NOT_WANTED = ("no login", "no consent")  # reasons for which no text message leaves


def inbox_of(member: Member | None) -> MessageQuerySet:
    """What she was told, newest first; nothing for somebody who is on no roll."""
    return (
        Message.objects.shown()
        .filter(member=member, member__isnull=False)
        .order_by("-shown_at", "-pk")
    )


def inbox_about(
    member: Member | None, *, apps: Collection[str] = (), unread_only: bool = False
) -> MessageQuerySet:
    """The same, of one chapter (the apps of its topics; of all without one), or what she has not looked at."""
    found = inbox_of(member)
    if apps:
        found = found.filter(
            functools.reduce(or_, (Q(topic__startswith=f"{app}/") for app in apps))
        )
    return found.filter(read_at=None) if unread_only else found


def texts_to_forget(grace: dt.timedelta = dt.timedelta(0)) -> QuerySet[Message]:
    """What went to a bare number and has served: kept as long as somebody may ask what came to her phone."""
    until = now_in_database() - TEXTS_KEPT - grace
    return Message.objects.filter(member=None, created_at__lt=until)


def switched_off(member_id: int, topic: str) -> set[str]:
    """The channels by which she does not want to hear of this topic."""
    rows = SwitchedOff.objects.filter(member=member_id, topic=topic)
    return set(rows.values_list("channel", flat=True))


def all_switched_off(member: Member) -> set[tuple[str, str]]:
    """``(topic, channel)`` of all that she switched off."""
    return set(SwitchedOff.objects.filter(member=member).values_list("topic", "channel"))


def unread(member: Member) -> int:
    """How many messages in her inbox she has not looked at."""
    return Message.objects.unread().filter(member=member).count()


def unread_by_login(login: OuterRef) -> Coalesce:
    """The same for a query over logins."""
    hers = Message.objects.unread().filter(member__user=login).order_by().values("member")
    return Coalesce(Subquery(hers.annotate(n=Count("pk")).values("n")), 0)


def given_up(members: QuerySet[Member], *, since: dt.datetime) -> QuerySet[Delivery]:
    """What could not be delivered to these members since then, newest first; not what they did not want."""
    lost = Delivery.objects.filter(
        state=Delivery.State.GIVEN_UP, due_at__gt=since, message__member__in=members
    ).exclude(problem__in=NOT_WANTED)
    return lost.select_related("message__member").order_by("-pk")


def last_texts(limit: int = 30) -> QuerySet[ConsoleText]:
    """What the console vendor "sent", newest first."""
    return ConsoleText.objects.order_by("-pk")[:limit]
