"""A mistake, the browser's or ours, told as its reader has all pages: in her size, her colours."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from django.db import OperationalError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.views import defaults
from psycopg.errors import IdleInTransactionSessionTimeout

from unionhall.base.errors import numbered
from unionhall.base.htmx import wants_json

if TYPE_CHECKING:
    from django.http import HttpRequest

API = "/api/"
RETRY_AFTER_S = 2


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 — Django's face
    """400: what came cannot be read."""
    if _is_for_program(request):
        return _no("unreadable", 400)
    return render(request, "400.html", status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no page, or no verb, has this address. A program that asks the API is told so in its own language."""
    if request.path.startswith(API):
        return _no("not_found", 404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500. What broke a page may break this one, too: then the plain one, which asks for nothing."""
    if _is_busy(sys.exc_info()[1]):
        return busy(request)
    if _is_for_program(request):
        return _no("our_mistake", 500)
    try:
        return render(request, "500.html", status=500)
    except Exception:  # noqa: BLE001 — whatever it is, it has been logged once already
        return defaults.server_error(request)


def _is_busy(error: BaseException | None) -> bool:
    """The database could not, in time: not that it was asked something wrong."""
    return isinstance(error, OperationalError) or isinstance(
        getattr(error, "__cause__", None), IdleInTransactionSessionTimeout
    )


def busy(request: HttpRequest) -> HttpResponse:
    """503: the database is away, full of others, or did not answer in time. The page asks it for nothing.

    Whether the deed was done is unknown then, so the page says to look before asking again.
    """
    if _is_for_program(request):
        response = _no("busy", 503)
    else:
        response = HttpResponse(loader.get_template("503.html").render(), status=503)
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _is_for_program(request: HttpRequest) -> bool:
    return request.path.startswith(API) or wants_json(request)


def _no(code: str, status: int) -> HttpResponse:
    return JsonResponse({"code": code} | numbered(), status=status)
