"""Plug-in point: who sends text messages. One file per vendor, ``settings.SMS_VENDOR`` names its class."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

TIMEOUT_S = 10  # what a vendor's call may take at most; an answer that comes later counts as none


class Vendor:
    """Verbs of a vendor."""

    def send(self, number: str, text: str, *, key: uuid.UUID) -> str:
        """Send; returns the vendor's reference. The same ``key`` again means the same message, sent once.

        Give up after ``TIMEOUT_S``. Raise ``Undeliverable`` for a number that can never be reached.
        """
        raise NotImplementedError

    def send_filled(
        self,
        number: str,
        text: str,
        *,
        key: uuid.UUID,
        topic: str,  # noqa: ARG002 - for vendors that need it
        values: Mapping[str, object],  # noqa: ARG002
    ) -> str:
        """The same for a vendor that sends only templates registered with it: ``values`` fill that of ``topic``."""
        return self.send(number, text, key=key)

    def problems(self) -> list[str]:
        """What is wrong with its settings, a sentence each."""
        return []
