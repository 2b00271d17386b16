"""The only door through which messages leave: a row first, in the transaction of the deed; delivery by the worker."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Collection, Sequence

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.kernel.notify import plugins, rules, wording
from unionhall.kernel.notify.channels.base import Undeliverable
from unionhall.kernel.notify.models import ConsoleText, Delivery, Message, SwitchedOff
from unionhall.kernel.notify.plugins import may_be_off
from unionhall.kernel.notify.queries import switched_off, texts_to_forget
from unionhall.kernel.notify.sms.base import TIMEOUT_S
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member

SWITCHED_OFF = "switched off"
logger = logging.getLogger(__name__)

BATCH = 20
FORGOTTEN_AT_ONCE = 1000
LEASE = dt.timedelta(seconds=1.5 * BATCH * TIMEOUT_S)  # longer than a batch can take


@transaction.atomic
def send(
    member: Member,
    topic: str,
    *,
    channels: Sequence[str] = ("inbox",),
    due_at: dt.datetime | None = None,
    **context: object,
) -> Message:
    """Tell one member, now or at ``due_at``. ``context`` fills the templates ``<topic>.inbox.html``, ``<topic>.sms.txt``.

    A text message goes out only if her consent to them is live when it is due, and nothing goes by a channel that she
    switched off for this topic: its delivery is given up, so that it is known why she was not told. ``url`` in the context is the path of
    the page that it is about. Raises ``TemplateDoesNotExist`` when a wording is missing.
    """
    now = now_in_database()
    refused = _refused_now(member, topic, channels) if due_at is None else set()
    shown = due_at is None and "inbox" in channels and "inbox" not in refused
    message = Message.objects.create(
        member=member, topic=topic, context=rules.to_text(context), shown_at=now if shown else None
    )
    _put_on_its_way(message, channels, now=now, due_at=due_at, refused=refused)
    return message


def _refused_now(member: Member, topic: str, channels: Sequence[str]) -> set[str]:
    """Channels of the house that she switched off. Others are asked about when they are due, by the worker."""
    mine = [name for name in channels if plugins.channel(name).in_house]
    return (
        switched_off(member.pk, topic) if any(may_be_off(topic, name) for name in mine) else set()
    )


@transaction.atomic
def text(
    phone: str, topic: str, *, within: dt.timedelta = dt.timedelta(minutes=5), **context: object
) -> Message:
    """A text message to whoever holds this number and is waiting for it: pointless after ``within``."""
    now = now_in_database()
    message = Message.objects.create(phone=phone, topic=topic, context=rules.to_text(context))
    _put_on_its_way(
        message, ["sms"], now=now, priority=Delivery.Priority.URGENT, until_at=now + within
    )
    return message


def _put_on_its_way(
    message: Message,
    channels: Sequence[str],
    *,
    now: dt.datetime,
    due_at: dt.datetime | None = None,
    refused: Collection[str] = (),
    **values: object,
) -> None:
    deliveries = []
    for name in channels:
        channel = plugins.channel(name)
        wording.demand(message.topic, channel.wording)
        delivery = Delivery(
            message=message, channel=name, due_at=due_at or now, key=uuid.uuid4(), **values
        )
        if channel.in_house and name in refused:
            delivery.state, delivery.problem = Delivery.State.GIVEN_UP, SWITCHED_OFF
        elif channel.in_house and due_at is None:
            delivery.state, delivery.delivered_at = Delivery.State.DELIVERED, now
        deliveries.append(delivery)
    Delivery.objects.bulk_create(deliveries)


# Whoever claims a delivery moves its next try past the longest time that this one can take: if he is killed, it is
# tried again then, under the same key.
CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id FROM notify_delivery WHERE state = 'due' AND due_at <= clock_timestamp()
        ORDER BY priority, due_at LIMIT %s FOR UPDATE SKIP LOCKED
    )
    UPDATE notify_delivery SET tries = tries + 1, due_at = clock_timestamp() + make_interval(secs => %s)
    FROM due WHERE notify_delivery.id = due.id RETURNING notify_delivery.id
"""


def deliver_due(limit: int = 200) -> int:
    """Deliver what is due, the most urgent first; returns how many were tried. Any number of these may run at once.

    No transaction is open while a channel is called: a slow vendor holds neither rows nor snapshots.
    """
    tried = 0
    while tried < limit and (batch := _claim_due(min(BATCH, limit - tried))):
        for delivery in batch:
            _deliver(delivery)
        tried += len(batch)
    return tried


def _claim_due(limit: int) -> list[Delivery]:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(CLAIM, [limit, LEASE.total_seconds()])
        claimed = [row[0] for row in cursor.fetchall()]
    due = Delivery.objects.select_related("message__member__user").filter(pk__in=claimed)
    return list(due.order_by("priority", "pk"))


def _deliver(delivery: Delivery) -> None:
    if delivery.until_at and delivery.until_at <= now_in_database():
        _give_up(delivery, "too late")
        return
    if _is_refused(delivery):
        _give_up(delivery, SWITCHED_OFF)
        return
    try:
        reference = plugins.channel(delivery.channel).deliver(delivery)
    except Undeliverable as answer:
        _give_up(delivery, answer.reason)
    except Exception as error:  # noqa: BLE001 — whatever it was, the message must not be lost
        _try_again_later(delivery, error)
    else:
        _mark_delivered(delivery, reference)


def _is_refused(delivery: Delivery) -> bool:
    topic, member_id = delivery.message.topic, delivery.message.member_id
    if member_id is None or not may_be_off(topic, delivery.channel):
        return False
    return delivery.channel in switched_off(member_id, topic)


@transaction.atomic
def _mark_delivered(delivery: Delivery, reference: str) -> None:
    now = now_in_database()
    _still_due(delivery).update(
        state=Delivery.State.DELIVERED, delivered_at=now, reference=reference[:80], problem=""
    )
    if plugins.channel(delivery.channel).in_house:
        Message.objects.filter(pk=delivery.message_id, shown_at=None).update(shown_at=now)


def _try_again_later(delivery: Delivery, error: Exception) -> None:
    problem = type(error).__name__
    pause = rules.pause_after(delivery.tries)
    logger.warning("delivery %s by %s failed: %s", delivery.key, delivery.channel, problem)
    if pause is None:
        _give_up(delivery, problem)
    else:
        _still_due(delivery).update(due_at=now_in_database() + pause, problem=problem[:80])


def _give_up(delivery: Delivery, problem: str) -> None:
    _still_due(delivery).update(state=Delivery.State.GIVEN_UP, problem=problem[:80])


def _still_due(delivery: Delivery) -> QuerySet[Delivery]:
    """The row, unless somebody else has settled it meanwhile."""
    return Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.DUE)


@transaction.atomic
def choose(member: Member, topic: str, channel: str, *, wanted: bool, by: User) -> None:
    """Whether she wants to hear of ``topic`` by ``channel``; on the ledger, for it explains why she was not told.

    Raises ``Refused`` where it cannot be switched off.
    """
    if not may_be_off(topic, channel):
        raise Refused(
            _("这一类消息不能关。"),
            why=_("它说的是你的权利，或者你手里的东西。"),
            next=_("别的消息都可以关。"),
            code="mandatory_topic",
        )
    off = SwitchedOff.objects.filter(member=member, topic=topic, channel=channel)
    if wanted:
        changed = off.delete()[0] > 0
    else:
        _row, changed = SwitchedOff.objects.get_or_create(
            member=member, topic=topic, channel=channel
        )
    if changed:
        ledger.record(
            "notify.preference_chosen", member, by=by, topic=topic, channel=channel, wanted=wanted
        )


@transaction.atomic
def mark_read(message: Message, *, member: Member) -> None:
    """She has looked at it."""
    Message.objects.unread().filter(pk=message.pk, member=member).update(read_at=now_in_database())


@transaction.atomic
def mark_all_read(member: Member) -> None:
    """She has looked at all that stands in her inbox."""
    Message.objects.unread().filter(member=member).update(read_at=now_in_database())


@transaction.atomic
def forget_messages(member: Member) -> None:
    """Her account is closed: all that she was told, also what is still under way, and what she chose not to hear."""
    _forget(Message.objects.filter(member=member))
    SwitchedOff.objects.filter(member=member).delete()


@transaction.atomic
def forget_texts(phone: str) -> None:
    """What was sent to a number that asked for it. It is sealed without an index, so all of them are opened."""
    to_numbers = Message.objects.filter(member=None).only("pk", "phone").iterator(chunk_size=1000)
    _forget(Message.objects.filter(pk__in=[one.pk for one in to_numbers if one.phone == phone]))


def forget_old_texts() -> int:
    """What was sent to a bare number, after ``TEXTS_KEPT``; a batch at a time, for a year of codes is many. How many."""
    forgotten = 0
    while batch := list(texts_to_forget().values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        with transaction.atomic():
            _forget(Message.objects.filter(pk__in=batch))
        forgotten += len(batch)
    return forgotten


def _forget(messages: QuerySet[Message]) -> None:
    keys = Delivery.objects.filter(message__in=messages).values("key")
    ConsoleText.objects.filter(key__in=keys).delete()
    messages.delete()
