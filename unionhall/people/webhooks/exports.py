"""Receivers, and what they were told, as lists to take along; no secret is in them."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from django.utils.translation import gettext_lazy as _

from unionhall.base.exports.lists import Filters, Found, ListColumn, ListToExport
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import chosen_union, in_charge_of
from unionhall.people.webhooks.forms import EventFilter, ReceiverFilter
from unionhall.people.webhooks.models import Event, Receiver
from unionhall.people.webhooks.queries import receivers_in_charge


def _receivers(user: User, filters: Filters) -> Found[Receiver]:
    top = chosen_union(user, "")
    found = receivers_in_charge(user, **ReceiverFilter(filters).said())
    return Found(found, about=top, union_id=top.pk, called=top.name)


def _events(user: User, filters: Filters) -> Found[Event]:
    """Of all receivers that she may see, newest first."""
    top = chosen_union(user, "")
    found = Event.objects.filter(receiver__union__in=in_charge_of(user)).select_related("receiver")
    if state := EventFilter(filters).said()["state"]:
        found = found.filter(state=state)
    return Found(found.order_by("-pk"), about=top, union_id=top.pk, called=top.name)


def _kinds(receiver: Receiver) -> str:
    return str(_("、")).join(receiver.called)


RECEIVERS = ListToExport(
    name="webhooks.receivers",
    title=_("告诉别的系统"),
    columns=[
        ListColumn("name", _("哪个系统"), lambda one: one.name, width=24),
        ListColumn("url", _("网址"), lambda one: one.url, width=40),
        ListColumn("union", _("工会"), lambda one: one.union.name, width=30),
        ListColumn("kinds", _("哪些事"), _kinds, width=40),
        ListColumn("by", _("谁登记的"), lambda one: str(one.issued_by)),
        ListColumn("issued_at", _("登记"), lambda one: one.issued_at, "datetime", 18),
        ListColumn(
            "state", _("状态"), attrgetter("state"), labels=Receiver.State.choices, width=18
        ),
    ],
    find=_receivers,
    may=runs_unions,
)
EVENTS = ListToExport(
    name="webhooks.events",
    title=_("送给别的系统的事件"),
    columns=[
        ListColumn("number", _("编号"), lambda one: one.number, width=40),
        ListColumn("name", _("哪个系统"), lambda one: one.receiver.name, width=24),
        ListColumn("kind", _("什么事"), lambda one: one.called, width=24),
        ListColumn("made_at", _("什么时候"), lambda one: one.made_at, "datetime", 18),
        ListColumn("tries", _("试了几次"), lambda one: one.tries, "number"),
        ListColumn("state", _("状态"), lambda one: one.state, labels=Event.State.choices),
    ],
    find=_events,
    may=runs_unions,
)

LISTS: list[ListToExport[Any]] = [RECEIVERS, EVENTS]
