"""What can be chosen, pauses between tries, and a message's context as text and back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

IN_HOUSE_ONLY, WITH_TEXT = ("inbox",), ("inbox", "sms")


@dataclass(frozen=True)
class Topic:
    """What messages of one name are about, for whoever chooses how to hear of it.

    ``why``: why it cannot be switched off in the inbox; empty where it can. A text message always can.
    """

    name: str  # "<app>/<file>"
    label: str | Promise
    group: str | Promise
    why: str | Promise = ""
    channels: tuple[str, ...] = IN_HOUSE_ONLY

    @property
    def app(self) -> str:
        """The chapter that tells it."""
        return self.name.partition("/")[0]

    def may_be_off(self, channel: str) -> bool:
        """Whether she may choose not to hear of it by this channel."""
        return channel in self.channels and (channel != "inbox" or not self.why)


PAUSES = tuple(
    dt.timedelta(seconds=seconds)
    for seconds in (10, 30, 2 * 60, 10 * 60, 30 * 60, 2 * 60 * 60, 6 * 60 * 60)
)


def pause_after(tries: int) -> dt.timedelta | None:
    """How long to wait after so many failed tries; ``None``: give up."""
    return PAUSES[tries - 1] if tries <= len(PAUSES) else None


def to_text(context: Mapping[str, object]) -> str:
    """JSON; times and days keep their type, translatable words become words."""
    return json.dumps(context, default=_plain, ensure_ascii=False)


def from_text(text: str) -> dict[str, object]:
    """Back from ``to_text``."""
    context: dict[str, object] = json.loads(text, object_hook=_revived)
    return context


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return {"$time": value.isoformat()}
    if isinstance(value, dt.date):
        return {"$day": value.isoformat()}
    return str(value)


def _revived(value: dict[str, object]) -> object:
    match value:
        case {"$time": str(text)}:
            return dt.datetime.fromisoformat(text)
        case {"$day": str(text)}:
            return dt.date.fromisoformat(text)
    return value
