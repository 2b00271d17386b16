from __future__ import annotations

from unionhall.kernel.notify import plugins, wording
from unionhall.kernel.notify.channels.base import Channel, Undeliverable
from unionhall.kernel.notify.models import Delivery, Message
from unionhall.people.accounts.models import Consent
from unionhall.people.accounts.queries import has_consented


class Sms(Channel):
    """Text messages: to a number that asked for one just now, or to a member who agreed to get them."""

    wording = wording.SMS

    def deliver(self, delivery: Delivery) -> str:
        """Raise ``Undeliverable`` when she has no login or has not consented (PIPL art. 13 and 15)."""
        number = delivery.message.phone or self._number_of(delivery.message)
        message = delivery.message
        return plugins.vendor().send_filled(
            number,
            wording.as_text(message),
            key=delivery.key,
            topic=message.topic,
            values=wording.values_of(message),
        )

    def problems(self) -> list[str]:
        """Those of the vendor."""
        return plugins.vendor().problems()

    def _number_of(self, message: Message) -> str:
        user = message.member.user if message.member else None
        if user is None or not user.is_active:
            raise Undeliverable("no login")
        if not has_consented(user, Consent.Kind.SMS):
            raise Undeliverable("no consent")
        number: str = user.phone
        return number
