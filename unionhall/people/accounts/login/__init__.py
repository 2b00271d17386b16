"""Plug-in point: who else may say who somebody is. One file each, one line in ``settings.LOGIN_DOORS``."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from unionhall.people.accounts.login.base import Door, Errand, Outsider

__all__ = ["Door", "Errand", "Outsider", "door", "open_doors"]


def open_doors() -> list[Door]:
    """Those that this installation has set up, in the order of the settings."""
    doors = (_door(path) for path in settings.LOGIN_DOORS.values())
    return [one for one in doors if one.is_open()]


def door(name: str) -> Door | None:
    """The open one of this name."""
    return next((one for one in open_doors() if one.name == name), None)


@cache
def _door(path: str) -> Door:
    return import_string(path)()  # type: ignore[no-any-return]
