from __future__ import annotations

import uuid

import pytest

from unionhall.kernel.notify import plugins
from unionhall.kernel.notify.channels.base import Channel
from unionhall.kernel.notify.checks import check_channels
from unionhall.kernel.notify.models import Delivery
from unionhall.kernel.notify.sms.base import Vendor


def test_outside_of_a_demonstration_the_console_is_a_problem(settings: object) -> None:
    settings.SMS_VENDOR = "unionhall.kernel.notify.sms.console.Console"  # type: ignore[attr-defined]
    settings.DEMO = True  # type: ignore[attr-defined]
    assert check_channels(None) == []
    settings.DEMO = False  # type: ignore[attr-defined]
    (warning,) = check_channels(None)
    assert warning.id == "notify.W001"


def test_a_channel_that_does_not_exist_is_an_error(settings: object) -> None:
    settings.NOTIFY_CHANNELS = {"pigeon": "unionhall.kernel.notify.channels.pigeon.Pigeon"}  # type: ignore[attr-defined]
    (error,) = check_channels(None)
    assert (error.id, "pigeon" in error.msg) == ("notify.E001", True)


def test_the_bases_demand_their_verbs() -> None:
    with pytest.raises(NotImplementedError):
        Channel().deliver(Delivery())
    with pytest.raises(NotImplementedError):
        Vendor().send("", "", key=uuid.uuid4())
    assert Channel().problems() == Vendor().problems() == plugins.channel("inbox").problems() == []
    assert plugins.channel("inbox").deliver(Delivery()) == ""
