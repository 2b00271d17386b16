"""The plug-ins that settings name: channels by their name, and the one SMS vendor."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from unionhall.kernel.notify.channels.base import Channel
from unionhall.kernel.notify.sms.base import Vendor


def channel(name: str) -> Channel:
    """The channel of this name; ``KeyError`` when settings have none."""
    return _channel(settings.NOTIFY_CHANNELS[name])


def vendor() -> Vendor:
    """Who sends text messages for us."""
    return _vendor(settings.SMS_VENDOR)


@cache
def _channel(path: str) -> Channel:
    return import_string(path)()  # type: ignore[no-any-return]


@cache
def _vendor(path: str) -> Vendor:
    return import_string(path)()  # type: ignore[no-any-return]
