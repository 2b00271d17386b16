from __future__ import annotations

from unionhall.kernel.notify import wording
from unionhall.kernel.notify.channels.base import Channel
from unionhall.kernel.notify.models import Delivery


class Inbox(Channel):
    """The list of messages inside the product."""

    wording = wording.INBOX
    in_house = True

    def deliver(self, delivery: Delivery) -> str:  # noqa: ARG002 — the row is already there
        """Nothing to hand over."""
        return ""
