"""Reads the environment for ``settings.py``, and fails loudly on a wrong value."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

YES_AND_NO = {
    "1": True,
    "true": True,
    "yes": True,
    "0": False,
    "false": False,
    "no": False,
    "": False,
}


def text(name: str, default: str | None = None) -> str:
    """The variable, or the default; ``ImproperlyConfigured`` when there is neither."""
    found = os.environ.get(name, default)
    if found is None:
        raise ImproperlyConfigured(f"Set {name} in the environment.")
    return found


def flag(name: str, *, default: bool = False) -> bool:
    """Yes or no; anything else stops the start."""
    found = os.environ.get(name)
    if found is None:
        return default
    if found.lower() not in YES_AND_NO:
        raise ImproperlyConfigured(f"{name} is {found!r}: say 1 or 0.")
    return YES_AND_NO[found.lower()]


def one_of(name: str, choices: Iterable[str], *, default: str) -> str:
    """One of these words; any other stops the start."""
    found = text(name, default)
    if found not in choices:
        raise ImproperlyConfigured(f"{name} is {found!r}: say {' or '.join(choices)}.")
    return found


def networks(name: str, *, default: str) -> list[IPv4Network | IPv6Network]:
    """Networks, or addresses, with commas between; anything else stops the start."""
    try:
        return [ip_network(one.strip()) for one in text(name, default).split(",") if one.strip()]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error


def database(url: str) -> dict[str, Any]:
    """Django's settings of ``postgresql://user:password@host:port/name?option=value``."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL names no PostgreSQL server: Unionhall runs on nothing else."
        )
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or parts.hostname or "",
        "PORT": str(options.pop("port", None) or parts.port or ""),
        "OPTIONS": options,
    }


def keys(name: str, kept: dict[str, Any], part: str) -> dict[int, str]:
    """Versioned keys: JSON in the variable, else the part of that name in the kept key file."""
    found = json.loads(os.environ[name]) if name in os.environ else kept.get(part)
    if not found:
        raise ImproperlyConfigured(f'Set {name}, for example to {{"1": "<32 bytes in base64>"}}.')
    return {int(version): key for version, key in found.items()}


def table(name: str) -> dict[str, str]:
    """JSON: one text for each name; empty without the variable."""
    found = json.loads(os.environ.get(name) or "{}")
    if not isinstance(found, dict):
        raise ImproperlyConfigured(f'{name} is no table: say {{"name": "text"}}.')
    return {str(one): str(text) for one, text in found.items()}


def key_file(folder: Path) -> dict[str, Any]:
    """What ``bin/setup`` once generated into the data folder, if it did."""
    path = folder / "keys.json"
    return json.loads(path.read_text()) if path.exists() else {}
