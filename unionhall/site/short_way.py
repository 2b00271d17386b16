"""The shortest way through the house, for the routes that thousands press in the same second.

What such a route needs of the middleware is the content policy, the safe headers and the CSRF check; who calls it
finds out itself (``base.access.known_by``), and its language, too. Pages for people keep the whole way: only a request
that wants JSON takes this one, and gets the same answer on both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIHandler
from django.urls import set_urlconf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

HOT = re.compile(r"/vouchers/offers/\d+/(claim|standing)/")
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "unionhall.site.headers.content_policy",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


class FewerSteps(BaseHandler):
    """Less before the view."""

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: FBT001, FBT002 — Django's face
        """Once, at the start of the process."""
        whole, settings.MIDDLEWARE = settings.MIDDLEWARE, MIDDLEWARE
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = whole


class ShortWay(FewerSteps, WSGIHandler):
    """Django's handler with fewer steps, and no line in the log for each "sold out"."""

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """As Django's, without its warning for each status of 400 and more: a no is an answer here."""
        set_urlconf(settings.ROOT_URLCONF)
        response: HttpResponseBase = self._middleware_chain(request)
        response._resource_closers.append(request.close)  # noqa: SLF001 — as Django's own does
        return response


def takes_it(environ: dict[str, Any]) -> bool:
    """Whether this request may take the short way."""
    wants_json = "application/json" in environ.get("HTTP_ACCEPT", "")
    return wants_json and HOT.fullmatch(environ.get("PATH_INFO", "")) is not None


def with_short_way(whole: WSGIHandler) -> Callable[..., Iterable[bytes]]:
    """The application: the short way where it can be taken, the whole way everywhere else."""
    short = ShortWay()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        way = short if takes_it(environ) else whole
        return way(environ, start_response)

    return application
