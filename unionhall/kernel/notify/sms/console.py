from __future__ import annotations

import uuid

from django.conf import settings

from unionhall.kernel.notify.models import ConsoleText
from unionhall.kernel.notify.sms.base import Vendor


class Console(Vendor):
    """Plays a vendor: writes down what it was given, for the demonstration's page to show."""

    def send(self, number: str, text: str, *, key: uuid.UUID) -> str:
        """A repeat under the same key is dropped, as a real vendor does."""
        ConsoleText.objects.bulk_create(
            [ConsoleText(key=key, phone=number, text=text)], ignore_conflicts=True
        )
        return f"console:{key}"

    def problems(self) -> list[str]:
        """Outside of a demonstration nobody would get a message."""
        return (
            []
            if settings.DEMO
            else ["UNIONHALL_SMS names no vendor: text messages are only written down."]
        )
