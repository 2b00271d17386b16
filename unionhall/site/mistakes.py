"""A mistake, the browser's or ours, told as its reader has all pages: in her size, her colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views import defaults

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 — Django's face
    """400: what came cannot be read."""
    return render(request, "400.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """500. What broke a page may break this one, too: then the plain one, which asks for nothing."""
    try:
        return render(request, "500.html", status=500)
    except Exception:  # noqa: BLE001 — whatever it is, it has been logged once already
        return defaults.server_error(request)
