"""Where a reader wanted to go before she was sent elsewhere, and nothing outside this site."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.shortcuts import resolve_url

from unionhall.base.own_paths import is_own_path

if TYPE_CHECKING:
    from django.http import HttpRequest


def wanted(request: HttpRequest, default: str = "home") -> str:
    """The path in ``next``, if it is one of ours; else the page named ``default``."""
    path = request.POST.get("next") or request.GET.get("next") or ""
    return path if is_own_path(path) else resolve_url(default)


def with_next(page: str, path: str) -> str:
    """The address of ``page``, from which one comes back to ``path`` (plain for the home page)."""
    address = resolve_url(page)
    return address if path == resolve_url("home") else f"{address}?{urlencode({'next': path})}"
