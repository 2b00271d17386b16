from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import Exists, F, OuterRef

from unionhall.base.invariant import Invariant
from unionhall.kernel.notify import rules
from unionhall.kernel.notify.models import Delivery, Message
from unionhall.kernel.notify.queries import texts_to_forget

A_DAY = dt.timedelta(days=1)


def _without_delivery() -> list[str]:
    deliveries = Delivery.objects.filter(message=OuterRef("pk"))
    return [
        f"message {one}"
        for one in Message.objects.filter(~Exists(deliveries)).values_list("pk", flat=True)
    ]


def _inboxes_that_disagree() -> list[str]:
    shown = Delivery.objects.filter(
        channel="inbox", message__shown_at=None, state=Delivery.State.DELIVERED
    )
    hidden = Delivery.objects.filter(channel="inbox", message__shown_at__isnull=False).exclude(
        state=Delivery.State.DELIVERED
    )
    return [f"delivery {one}" for one in (shown | hidden).values_list("pk", flat=True)]


def _read_before_shown() -> list[str]:
    early = Message.objects.filter(read_at__isnull=False).exclude(read_at__gte=F("shown_at"))
    return [f"message {one}" for one in early.values_list("pk", flat=True)]


def _too_many_tries() -> list[str]:
    most = len(rules.PAUSES) + 1
    tired = Delivery.objects.filter(state=Delivery.State.DUE, tries__gt=most)
    return [f"delivery {one}" for one in tired.values_list("pk", flat=True)]


def _by_no_channel() -> list[str]:
    lost = Delivery.objects.filter(state=Delivery.State.DUE).exclude(
        channel__in=settings.NOTIFY_CHANNELS
    )
    return [f"delivery {one}" for one in lost.values_list("pk", flat=True)]


def _texts_kept_too_long() -> list[str]:
    return [f"message {one}" for one in texts_to_forget(A_DAY).values_list("pk", flat=True)]


INVARIANTS = [
    Invariant("Every message goes by at least one channel", _without_delivery),
    Invariant(
        "What was delivered to an inbox is shown there, and nothing else", _inboxes_that_disagree
    ),
    Invariant("Nothing is read before it is shown", _read_before_shown),
    Invariant("What could not be delivered is given up in the end", _too_many_tries),
    Invariant("What is due goes by a channel that there is", _by_no_channel),
    Invariant("Texts to bare numbers are let go after a month", _texts_kept_too_long),
]
