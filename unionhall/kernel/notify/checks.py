"""The system check of the plug-ins: ``manage.py check --deploy`` says what is wrong with each."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 — Django's name

from unionhall.kernel.notify import plugins


def check_channels(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 — Django's face
    **_options: object,
) -> list[CheckMessage]:
    """Each channel can be loaded, and has nothing to complain about."""
    found: list[CheckMessage] = []
    for name in settings.NOTIFY_CHANNELS:
        try:
            problems = plugins.channel(name).problems()
        except ImportError as error:
            found.append(Error(f"The channel {name} cannot be loaded: {error}", id="notify.E001"))
        else:
            found += [Warning(problem, id="notify.W001") for problem in problems]
    return found
