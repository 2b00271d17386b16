"""What kind of answer is wanted: the whole page for a visit, the fragment for htmx, JSON for a program."""

from __future__ import annotations

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks for a fragment (and is not restoring history, which needs the page)."""
    asked = request.headers.get("HX-Request") == "true"
    return asked and request.headers.get("HX-History-Restore-Request") != "true"


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks, which can do nothing with a page."""
    return "application/json" in request.META.get("HTTP_ACCEPT", "")


def in_json(told: dict[str, object], *, status: int = 200) -> HttpResponse:
    """An answer to a program: Chinese as Chinese, times in ISO 8601."""
    return HttpResponse(orjson.dumps(told), content_type="application/json", status=status)


def page_or_fragment(
    request: HttpRequest, page: str, fragment: str, context: dict[str, object], *, status: int = 200
) -> HttpResponse:
    """Render template ``fragment`` for htmx, template ``page`` (which includes it) otherwise."""
    response = render(request, fragment if is_htmx(request) else page, context, status=status)
    response["Vary"] = "HX-Request"
    return response
