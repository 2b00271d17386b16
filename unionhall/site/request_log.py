"""A line for each request, and its number in the answer: which route, how it went, how long, who by number.

Stands before everything else (``wsgi.py``), so that whoever was told to come back is in the log, too. Nothing of a
person goes in: no path (an address may be typed), no query, no body, no header, no network address; who asked is the number of her login.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import connection

from unionhall.base import log_lines, metrics
from unionhall.site.operators.gauges import gauge_this_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from structlog.typing import FilteringBoundLogger

REQUEST = "unionhall.request"
NUMBER = re.compile(r"[0-9A-Za-z_-]{8,64}")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
FAULT = 500
GAUGED_EACH_S = 1.0  # the pool and the line of this process; another one may be asked for them


class NotedRequest(WSGIRequest):
    """A request that can be found in its environ, where the line about it looks for route and login."""

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        environ[REQUEST] = self


class Whole(WSGIHandler):
    """Django's handler, with requests that are noted."""

    request_class = NotedRequest


class Counted(threading.local):
    """How many statements this thread has sent so far."""

    count = 0

    def __init__(self) -> None:
        connection.execute_wrappers.append(self)

    def __call__(self, execute: Callable[..., Any], *asked: Any) -> Any:  # noqa: ANN401 — Django's face
        self.count += 1
        return execute(*asked)


STATEMENTS = Counted()


class RequestLog:
    """A WSGI application: the one behind it, and a line in the log when its answer is there."""

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        *,
        log: FilteringBoundLogger | None = None,
    ) -> None:
        self._application = application
        self._gauged = 0.0
        self._log = log or log_lines.own_log(form=settings.LOG_FORM, level=settings.LOG_LEVEL)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """The application's answer with ``X-Request-Id``; 500 without a word where it raises."""
        number = number_of(environ)
        begun, before, told = time.perf_counter(), STATEMENTS.count, [str(FAULT)]

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:  # noqa: ANN401 — WSGI's face
            told[0] = status
            return start_response(status, [*headers, ("X-Request-Id", number)], *more)

        current = log_lines.REQUEST_ID.set(number)
        try:
            return self._application(environ, start)
        except Exception as error:  # noqa: BLE001 — the web server would print what it says
            with suppress(OSError, ValueError):
                self._log.error("broken", **log_lines.told_of_error(error))
            start("500 Internal Server Error", [("Content-Length", "0")])
            return [b""]
        finally:
            took = time.perf_counter() - begun
            with suppress(OSError, ValueError):  # a log that nobody takes costs no answer
                self._tell(environ, int(told[0][:3]), took, STATEMENTS.count - before)
            log_lines.REQUEST_ID.reset(current)

    def _tell(self, environ: dict[str, Any], status: int, took: float, statements: int) -> None:
        request = environ.pop(REQUEST, None)  # which holds the environ
        route, method = route_of(request), method_of(environ)
        metrics.REQUESTS.labels(route, method, str(status)).inc()
        metrics.DURATION.labels(route).observe(took)
        self._gauge()
        tell = self._log.warning if status >= FAULT else self._log.info
        tell(
            "request",
            method=method,
            route=route,
            status=status,
            ms=round(took * 1000, 1),
            statements=statements,
            **_who(request),
        )

    def _gauge(self) -> None:
        now = time.monotonic()
        if now - self._gauged > GAUGED_EACH_S:
            self._gauged = now
            gauge_this_process()


def number_of(environ: dict[str, Any]) -> str:
    """The request's number: our proxy's, if one of ours stands before us and says it, else a new one."""
    if settings.PROXIES:
        said: str = environ.get("HTTP_X_REQUEST_ID", "")
        if NUMBER.fullmatch(said):
            return said
    return secrets.token_hex(16)


def method_of(environ: dict[str, Any]) -> str:
    """One of the few that there are; whatever else was sent is no word of ours."""
    method: str = environ["REQUEST_METHOD"]
    return method if method in METHODS else "OTHER"


def route_of(request: WSGIRequest | None) -> str:
    """The name of the route, never the address; ``-`` where none answered."""
    found = request.resolver_match if request else None
    return (found.view_name or found.route) if found else "-"


def _who(request: WSGIRequest | None) -> dict[str, int]:
    """Numbers of the login, and of the key of a program, if they were asked for anyway."""
    known = vars(request) if request else {}
    user = getattr(known.get("_cached_user"), "pk", None) or getattr(
        known.get("caller"), "user_id", None
    )
    shown = known.get("auth")
    told = {"user": user} if user else {}
    return told | ({"key": shown.pk} if hasattr(shown, "digest") else {})
