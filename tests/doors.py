"""Coming in as people do it: by the page, with a phone and the code that was sent to it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.test import Client

from unionhall.kernel.notify.models import Message

AGREED = {"privacy": "on", "roll": "on"}


def code_in(message: Message) -> str:
    """The six digits of a text message."""
    return str(re.findall(r"\d{6}", message.context)[0])


def newest_code() -> str:
    """Of the text message that was written last."""
    return code_in(Message.objects.latest("pk"))


def sign_in_by_code(
    phone: str, *, headers: Mapping[str, str] | None = None, address: str = "203.0.113.7"
) -> Client:
    """A browser of its own, signed in."""
    browser = Client(headers=headers, REMOTE_ADDR=address)
    browser.post("/sign-in/", {"phone": phone, **AGREED})
    browser.post("/sign-in/code/", {"code": newest_code()})
    return browser
