"""From which network address a request comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The address that the outermost of our own proxies saw.

    What a client writes further left is not believed. ``settings.PROXIES`` says how many of ours
    stand before us; with none the header is not read at all.
    """
    seen = str(request.META.get("REMOTE_ADDR", ""))
    if settings.PROXIES:
        hops = [
            hop.strip()
            for hop in request.headers.get("X-Forwarded-For", "").split(",")
            if hop.strip()
        ]
        return [seen, *reversed(hops)][min(settings.PROXIES, len(hops))]
    return seen
