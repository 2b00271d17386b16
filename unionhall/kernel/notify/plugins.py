"""The plug-ins that settings name: channels by their name, the topics, and the one SMS vendor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from unionhall.kernel.notify.channels.base import Channel
from unionhall.kernel.notify.rules import Topic
from unionhall.kernel.notify.sms.base import Vendor


def channel(name: str) -> Channel:
    """The channel of this name; ``KeyError`` when settings have none."""
    return _channel(settings.NOTIFY_CHANNELS[name])


@cache
def topics() -> Mapping[str, Topic]:
    """Every topic of the house by its name, in the order in which they are shown."""
    told: Sequence[Topic] = import_string(settings.NOTIFY_TOPICS)
    return {topic.name: topic for topic in told}


def may_be_off(topic: str, channel: str) -> bool:
    """Whether somebody may choose not to hear of it so; of a topic that nobody declared, nobody may."""
    known = topics().get(topic)
    return known is not None and known.may_be_off(channel)


def vendor() -> Vendor:
    """Who sends text messages for us."""
    return _vendor(settings.SMS_VENDOR)


@cache
def _channel(path: str) -> Channel:
    return import_string(path)()  # type: ignore[no-any-return]


@cache
def _vendor(path: str) -> Vendor:
    return import_string(path)()  # type: ignore[no-any-return]
