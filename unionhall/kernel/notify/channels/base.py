"""Plug-in point: a way to reach people. One file per channel, one line in ``settings.NOTIFY_CHANNELS``."""

from __future__ import annotations

from unionhall.kernel.notify.models import Delivery


class Undeliverable(Exception):  # noqa: N818 — an answer, not a fault
    """There is no point in trying again; ``reason`` is kept and holds no personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Channel:
    """Verbs of a channel. It is never called inside a database transaction."""

    wording: str  # the ending of its templates' names
    in_house = False  # True: nothing leaves the house, so a message that is due is delivered by being written

    def deliver(self, delivery: Delivery) -> str:
        """Hand it over under ``delivery.key``; returns the receiver's reference.

        Raise ``Undeliverable`` to give up; anything else is tried again with growing pauses, under the same key.
        """
        raise NotImplementedError

    def problems(self) -> list[str]:
        """What is wrong with its settings, a sentence each; for the system check."""
        return []
