"""Receivers are registered and told here: what happened stands in the ledger, with the deed; rows for receivers are made behind its seals."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import httpcore
import orjson
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from unionhall.base import outbound
from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.ledger.queries import Sealed, last_drawn, sealed_after, sealed_up_to
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Union
from unionhall.people.webhooks import rules
from unionhall.people.webhooks.models import Attempt, Event, Receiver, Spread
from unionhall.people.webhooks.queries import live_receivers, receivers_with_state

AT_ONCE = 1000  # entries of the ledger
ANSWER_S = 8.0
LEASE = dt.timedelta(minutes=2)  # longer than one call can take
A_RUN_S = 50  # then the next run of the sweep goes on
REST = dt.timedelta(seconds=30)  # of a receiver that did not answer; others are told meanwhile


class Registered(NamedTuple):
    """A receiver and its secret, which nobody will see again."""

    receiver: Receiver
    secret: str


@transaction.atomic
def register(union: Union, *, name: str, url: str, kinds: Sequence[str], by: User) -> Registered:
    """From now on ``url`` is told of these kinds of deeds in ``union`` and below. Raises ``Refused``."""
    _refuse_odd(url)
    _make_room(union)
    unknown = set(kinds) - set(settings.WEBHOOK_KINDS)
    if unknown or not kinds:
        raise ValueError(unknown)
    secret = rules.new_secret()
    receiver = Receiver.objects.create(
        union=union, name=name, url=url, kinds=sorted(kinds), secret=secret, issued_by=by,
        after_entry=last_drawn(),
    )  # fmt: skip
    ledger.record(
        "webhooks.receiver_registered", receiver, by=by, union_id=union.pk, kinds=len(kinds)
    )
    return Registered(receiver, secret)


def _refuse_odd(url: str) -> None:
    why = {
        "not_https": _("网址要以 https:// 开头，不然路上谁都能看。"),
        "unreadable": _("这不像一个网址。"),
        "with_name": _("网址里不要写用户名和密码：它会留在别处的日志里。"),
    }
    odd = rules.odd_address(url, http_too=settings.OUTBOUND_PRIVATE)
    reason = why.get(odd, "")
    if not odd:
        parts = urlsplit(url)
        try:
            outbound.addresses_of(str(parts.hostname), parts.port or 443)
        except httpcore.ConnectError:
            reason = _("这个域名找不到，或者指向内部网络。")
    if reason:
        raise Refused(
            _("没有登记：这个网址不能用。"), why=reason,
            next=_("请管那个系统的人给一个公网上的 https 网址。"), code="odd_address",
        )  # fmt: skip


def _make_room(union: Union) -> None:
    Union.objects.select_for_update(no_key=True).get(pk=union.pk)
    live = live_receivers().filter(union=union).count()
    if live >= rules.MOST_LIVE:
        raise Refused(
            _("没有登记：这个工会已经在告诉 {n} 个系统。").format(n=rules.MOST_LIVE),
            why=_("再多就没人记得谁在听。"),
            next=_("先把不用的停了。"),
            code="too_many_receivers",
        )


@transaction.atomic
def rotate_secret(receiver: Receiver, *, by: User) -> str:
    """A new secret; for ``rules.OVERLAP`` the old one signs beside it, so that nothing is missed."""
    held = Receiver.objects.select_for_update().get(pk=receiver.pk)
    secret = rules.new_secret()
    held.old_secret, held.old_until = held.secret, now_in_database() + rules.OVERLAP
    held.secret = secret
    held.save(update_fields=["secret", "old_secret", "old_until"])
    ledger.record("webhooks.secret_rotated", held, by=by, union_id=held.union_id)
    return secret


@transaction.atomic
def stop(receiver: Receiver, *, by: User | None, why: str = Receiver.Why.OFFICER) -> None:
    """Nothing goes out any more; what waits is given up. The row decides who was first."""
    now = now_in_database()
    live = Receiver.objects.filter(pk=receiver.pk, stopped_at=None)
    if not live.update(stopped_at=now, stopped_why=why):
        raise Refused(
            _("已经停了。"), why=_("停了以后不再送，也不用再停一次。"),
            next=_("那个系统还要听，就另登记一次。"), code="receiver_stopped",
        )  # fmt: skip
    waiting = Event.objects.filter(receiver=receiver, state=Event.State.DUE)
    waiting.update(state=Event.State.GIVEN_UP, settled_at=now)
    ledger.record("webhooks.receiver_stopped", receiver, by=by, union_id=receiver.union_id, why=why)


def receivers_of(user: User, unions: QuerySet[Union]) -> QuerySet[Receiver]:
    """Those that she registered for these unions and nobody stopped."""
    return Receiver.objects.filter(issued_by=user, union__in=unions, stopped_at=None)


def hand_over_receivers(user: User, *, to: User, unions: QuerySet[Union]) -> int:
    """They go on, for they are worth what whoever answers for them is worth. Inside the transaction of the whole deed."""
    return receivers_of(user, unions).update(issued_by=to)


@transaction.atomic
def send_again(event: Event, *, by: User) -> None:
    """The same bytes under the same number, from now on; its receiver may know it already."""
    receiver = receivers_with_state().get(pk=event.receiver_id)
    if receiver.state != Receiver.State.LIVE:  # type: ignore[attr-defined]  # annotated there
        raise Refused(
            _("没有再送：这个系统已经停了。"), why=_("停了以后什么都不送。"),
            next=_("那个系统还要听，就另登记一次。"), code="receiver_stopped",
        )  # fmt: skip
    settled = Event.objects.filter(pk=event.pk).exclude(state=Event.State.DUE)
    if settled.update(state=Event.State.DUE, due_at=now_in_database(), tries=0, settled_at=None):
        Receiver.objects.filter(pk=receiver.pk).update(rests_until=None)
        ledger.record("webhooks.event_sent_again", event, by=by, union_id=receiver.union_id)


# == What happened becomes rows for receivers ==


def spread_events() -> int:
    """Rows for whoever is to be told of what was sealed since the last time; how many. Two at once wait for each other.

    A deed and its entry are one transaction, and nobody can add to what is sealed: so of each deed that happened, and
    of no other, everybody is told once.
    """
    made = 0
    while True:
        with transaction.atomic():
            spread = _where_we_are()
            up_to = sealed_up_to()
            receivers = list(live_receivers())
            kinds = {kind for one in receivers for kind in one.kinds}
            entries = sealed_after(spread.last_id, up_to=up_to, actions=kinds, most=AT_ONCE)
            made += _make_rows(receivers, entries)
            full = len(entries) == AT_ONCE
            spread.last_id = entries[-1].id if full else max(up_to, spread.last_id)
            Spread.objects.filter(pk=spread.pk).update(last_id=spread.last_id)
        if not full:
            return made


def _where_we_are() -> Spread:
    """The one row, held; made behind all that is sealed when there is none."""
    Spread.objects.bulk_create([Spread(pk=1, last_id=sealed_up_to())], ignore_conflicts=True)
    return Spread.objects.select_for_update().get(pk=1)


def _make_rows(receivers: list[Receiver], entries: list[Sealed]) -> int:
    paths = dict(
        Union.objects.filter(pk__in={one.union_id for one in entries}).values_list("pk", "path")
    )
    rows = [
        Event(
            receiver=receiver, entry_id=entry.id, kind=entry.action, body=_body(entry),
            key=uuid.uuid4(), due_at=entry.at,
        )
        for entry in entries
        for receiver in receivers
        if entry.action in receiver.kinds
        and entry.id > receiver.after_entry
        and paths.get(entry.union_id, "").startswith(receiver.union.path)
    ]  # fmt: skip
    Event.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _body(entry: Sealed) -> str:
    """Ids and facts, as the ledger has them; who did it is nobody's business outside."""
    about = {"type": entry.subject_type, "id": entry.subject_id}
    data = {"entry": entry.id, "union_id": entry.union_id, "subject": about, "facts": entry.detail}
    told = {"type": entry.action, "timestamp": entry.at, "data": data}
    return orjson.dumps(told).decode()


# == Rows go out ==

# Whoever claims one moves its next try past the longest time that this one can take: if he is killed, it is tried again then.
CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT event.id FROM webhooks_event event
        JOIN webhooks_receiver receiver ON receiver.id = event.receiver_id
        WHERE event.state = 'due' AND event.due_at <= clock_timestamp() AND receiver.stopped_at IS NULL
            AND (receiver.rests_until IS NULL OR receiver.rests_until <= clock_timestamp())
        ORDER BY event.due_at, event.id LIMIT 1 FOR UPDATE OF event SKIP LOCKED
    )
    UPDATE webhooks_event SET tries = tries + 1, due_at = clock_timestamp() + make_interval(secs => %s)
    FROM due WHERE webhooks_event.id = due.id RETURNING webhooks_event.id
"""


def deliver_events() -> int:
    """Send what is due, the oldest first; returns how many were tried. No transaction is open while somebody is asked."""
    tried, until = 0, time.monotonic() + A_RUN_S
    while time.monotonic() < until and (event := _claim()):
        _send(event)
        tried += 1
    return tried


def _claim() -> Event | None:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(CLAIM, [LEASE.total_seconds()])
        claimed = cursor.fetchone()
    return Event.objects.get(pk=claimed[0]) if claimed else None


def _send(event: Event) -> None:
    receiver = receivers_with_state().get(pk=event.receiver_id)
    if receiver.state != Receiver.State.LIVE:  # type: ignore[attr-defined]  # annotated there
        _settle(event, Event.State.GIVEN_UP)
        return
    begun, status, problem = time.monotonic(), 0, ""
    now = now_in_database()
    try:
        status = outbound.ask(
            "POST", receiver.url, content=event.body.encode(), timeout_s=ANSWER_S,
            headers=_headers(receiver, event, now),
        ).status_code  # fmt: skip
    except outbound.OutboundError as error:
        problem = str(error)[:40]
    took = int((time.monotonic() - begun) * 1000)
    _note(event, Attempt(event=event, at=now, status=status, problem=problem, ms=took))


def _headers(receiver: Receiver, event: Event, now: dt.datetime) -> dict[str, str]:
    moment, body = int(now.timestamp()), event.body.encode()
    live = [receiver.secret]
    if receiver.old_secret and receiver.old_until and receiver.old_until > now:
        live.append(receiver.old_secret)
    signed = [rules.signature(one, number=event.number, moment=moment, body=body) for one in live]
    return {
        "content-type": "application/json",
        "webhook-id": event.number,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(signed),
    }


@transaction.atomic
def _note(event: Event, attempt: Attempt) -> None:
    attempt.save()
    if attempt.status in rules.FINE:
        _settle(event, Event.State.DELIVERED)
        return
    if attempt.status == rules.GONE:
        _settle(event, Event.State.GIVEN_UP)
        if Receiver.objects.filter(pk=event.receiver_id, stopped_at=None).exists():
            stop(event.receiver, by=None, why=Receiver.Why.GONE)
        return
    now, pause = now_in_database(), rules.pause_after(event.tries)
    Receiver.objects.filter(pk=event.receiver_id).update(rests_until=now + min(REST, pause or REST))
    if pause is None:
        _settle(event, Event.State.GIVEN_UP)
    else:
        Event.objects.filter(pk=event.pk, state=Event.State.DUE).update(due_at=now + pause)


def _settle(event: Event, state: str) -> None:
    """Unless somebody else has settled it meanwhile."""
    still = Event.objects.filter(pk=event.pk, state=Event.State.DUE)
    still.update(state=state, settled_at=now_in_database())


def forget_old_events() -> int:
    """What was settled long ago goes, with its attempts; how many."""
    before = now_in_database() - rules.KEPT
    old = Event.objects.filter(settled_at__lt=before).order_by("settled_at").values("pk")[:5000]
    return Event.objects.filter(pk__in=old).delete()[1].get("webhooks.Event", 0)
