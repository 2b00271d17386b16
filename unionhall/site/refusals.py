"""A rule's "no" becomes HTTP here, and only here."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from unionhall.base.errors import Refused, as_json, numbered
from unionhall.base.htmx import is_htmx

__all__ = ["CONFLICT", "RefusalMiddleware", "as_json"]

NOT_ALLOWED, CONFLICT = 405, 409
API = "/api/"


class RefusalMiddleware:
    """Answers a ``Refused`` that a view let pass with 409: a fragment for htmx, else a page.

    An address that only takes what a button sends gets a page as well, for Django's own is blank.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == NOT_ALLOWED and request.path.startswith(API):
            told = JsonResponse({"code": "method_not_allowed"} | numbered(), status=NOT_ALLOWED)
            told["Allow"] = response["Allow"]
            return told
        if response.status_code != NOT_ALLOWED or response.streaming or response.content:
            return response
        page = render(request, "405.html", status=NOT_ALLOWED)
        page["Allow"] = response["Allow"]
        return page

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django calls this with what a view raised."""
        if not isinstance(exception, Refused):
            return None
        template = "ui/refusal.html" if is_htmx(request) else "409.html"
        context = {"refusal": exception, "back": _where_she_was(request)}
        return render(request, template, context, status=CONFLICT)


def _where_she_was(request: HttpRequest) -> str:
    """The page of ours whose button she pressed; nothing if the browser does not say, or it is not ours."""
    page = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(
        page, {request.get_host()}, require_https=request.is_secure()
    )
    return page if ours else ""
