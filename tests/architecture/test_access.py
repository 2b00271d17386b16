"""Every route says who may read it."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, path

from unionhall.base.access import public

FOREIGN = (
    "ninja.",
    "functools",
)  # the API guards itself: every operation, and the tenant matrix asks them all


def routes(
    resolver: URLResolver | None = None, prefix: str = "/"
) -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        where = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, where)
        else:
            yield where, entry


def silent(pairs: Iterator[tuple[str, URLPattern]]) -> list[str]:
    return [
        where
        for where, entry in pairs
        if not hasattr(entry.callback, "reader")
        and not entry.callback.__module__.startswith(FOREIGN)
    ]


def test_every_route_declares_its_reader():
    assert silent(routes()) == []


def test_a_silent_route_would_be_seen():
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert silent(iter([("/x/", path("x/", page))])) == ["/x/"]
    assert silent(iter([("/x/", path("x/", public(page)))])) == []
