"""The shortest way through the house, for the routes that thousands press in the same second.

Two kinds of requests take it. A program that wants JSON needs of the middleware the content policy, the safe headers and
the CSRF check; who calls it finds out itself (``base.access.known_by``), and its language, too. A form of a quiz needs
to know who sends it, which ``let_in`` finds out by one statement, and what a page needs if there is a no to be told. Both
get the same answers as on the whole way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.base import BaseHandler
from django.urls import set_urlconf

from unionhall.people.members.queries.door import caller
from unionhall.site.request_log import Whole
from unionhall.site.turns import WITHOUT_A_TURN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

HOT = re.compile(r"/vouchers/offers/\d+/(claim|standing)/|/quiz/\d+/standing/")
HOT_FORMS = re.compile(r"/quiz/(\d+/start|attempts/\d+/\d+|attempts/\d+/hand-in)/")
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "unionhall.site.headers.content_policy",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# The session and the messages are opened only by whoever has something to say on the next page.
MIDDLEWARE_OF_FORMS = [
    "django.middleware.security.SecurityMiddleware",
    "unionhall.site.headers.content_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "unionhall.site.short_way.let_in",
    "unionhall.site.preferences.speak_her_language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "unionhall.site.refusals.RefusalMiddleware",
]


def let_in(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: who sends this, by the cookies alone, as ``request.user`` and ``request.caller``."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        who = caller(request.COOKIES)
        request.caller = who  # type: ignore[attr-defined]
        request.user = who.user if who else AnonymousUser()
        return get_response(request)

    return respond


class FewerSteps(BaseHandler):
    """Less before the view."""

    steps: ClassVar[list[str]] = MIDDLEWARE

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: FBT001, FBT002 — Django's face
        """Once, at the start of the process."""
        whole, settings.MIDDLEWARE = settings.MIDDLEWARE, self.steps
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = whole


class FewerStepsOfForms(FewerSteps):
    """Less before the view, and somebody behind the form."""

    steps = MIDDLEWARE_OF_FORMS


class ShortWay(FewerSteps, Whole):
    """Django's handler with fewer steps, and no line in the log for each "sold out"."""

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """As Django's, without its warning for each status of 400 and more: a no is an answer here."""
        set_urlconf(settings.ROOT_URLCONF)
        response: HttpResponseBase = self._middleware_chain(request)
        response._resource_closers.append(request.close)  # noqa: SLF001 — as Django's own does
        return response


class ShortWayOfForms(FewerStepsOfForms, ShortWay):
    """The same for forms."""


class ForOperators(ShortWay):
    """What is asked by the machine beside us, over http and under any name: neither host nor https is looked at."""

    steps: ClassVar[list[str]] = ["unionhall.site.headers.content_policy"]


def takes_it(environ: dict[str, Any]) -> bool:
    """Whether this request may take the short way of those who want JSON."""
    wants_json = "application/json" in environ.get("HTTP_ACCEPT", "")
    return wants_json and HOT.fullmatch(environ.get("PATH_INFO", "")) is not None


def is_hot_form(environ: dict[str, Any]) -> bool:
    """Whether this request may take the short way of forms."""
    sent = environ.get("REQUEST_METHOD") == "POST"
    return sent and HOT_FORMS.fullmatch(environ.get("PATH_INFO", "")) is not None


def with_short_way(whole: WSGIHandler) -> Callable[..., Iterable[bytes]]:
    """The application: a short way where one can be taken, the whole way everywhere else."""
    short, of_forms, for_operators = ShortWay(), ShortWayOfForms(), ForOperators()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        way = short if takes_it(environ) else of_forms if is_hot_form(environ) else whole
        if environ["PATH_INFO"] in WITHOUT_A_TURN:
            way = for_operators
        return way(environ, start_response)

    return application
