"""How many requests a process takes on at once; whoever comes when the line is full is told at once when to come back.

Without a bound everybody waits for everybody, and gets an answer after its asker has given up. Who is inside is served
in the order in which they came. A turn is over when the answer is there: how slowly it is read is the web server's
business, which keeps it, and a thread's where it goes out block by block (``base/files/long_answers.py``).
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from functools import cache
from typing import TYPE_CHECKING

import orjson
from django.conf import settings
from django.template import loader
from django.utils import translation

from unionhall.base import metrics
from unionhall.base.errors import numbered
from unionhall.base.files import long_answers
from unionhall.base.log_lines import REQUEST_ID, request_id
from unionhall.site.headers import POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

AT_WORK = 8  # more threads than that only take the interpreter from each other
IN_LINE = 64  # with those at work, as many as wait a fraction of a second
TELLING = 8  # threads left over to tell the others
THREADS = AT_WORK + IN_LINE + TELLING + long_answers.AT_ONCE  # of a web server's worker
NUMBER = b"0" * 32  # stands for a request's in the ready-made page
PATIENCE_S = 3.0  # in line; as for a connection of the pool
WITHOUT_A_TURN = {"/healthz", "/readyz", "/metrics"}  # asked just when there is none
SOONEST_S, SPREAD_S = 1, 4  # to come back after, with a part by chance: not all at once


class Turns:
    """A WSGI application in which at most ``at_work`` are served at once, and ``in_line`` wait for their turn."""

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        *,
        at_work: int = AT_WORK,
        in_line: int = IN_LINE,
    ) -> None:
        self._application = application
        self._turns = self._free = at_work
        self._longest = in_line
        self._line: deque[threading.Lock] = deque()
        self._door = threading.Lock()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """The application's answer, or 503 with ``Retry-After``."""
        if environ["PATH_INFO"] in WITHOUT_A_TURN:
            return self._application(environ, start_response)
        if not self._got_a_turn():
            metrics.TURNS.labels("refused").inc()
            return told_to_come_back(environ, start_response)
        metrics.TURNS.labels("taken").inc()
        try:
            return self._application(environ, start_response)
        finally:
            self._next()

    @property
    def at_work(self) -> int:
        """Requests that have a turn."""
        return self._turns - self._free

    @property
    def in_line(self) -> int:
        """Requests that wait for one."""
        return len(self._line)

    def _got_a_turn(self) -> bool:
        with self._door:
            if self._free:
                self._free -= 1
                return True
            if len(self._line) >= self._longest:
                return False
            mine = threading.Lock()
            mine.acquire()
            self._line.append(mine)
        return mine.acquire(timeout=PATIENCE_S) or self._came_while_leaving(mine)

    def _came_while_leaving(self, mine: threading.Lock) -> bool:
        with self._door:
            if mine not in self._line:
                return True
            self._line.remove(mine)
            return False

    def _next(self) -> None:
        """Whoever has waited longest has the turn; it is never free in between for somebody new."""
        with self._door:
            if self._line:
                self._line.popleft().release()
            else:
                self._free += 1


_before_this_process: list[Turns] = []


def stand_before(application: Callable[..., Iterable[bytes]]) -> Turns:
    """The turns of this process: those of which operators are told."""
    _before_this_process[:] = [Turns(application)]
    return _before_this_process[0]


def of_this_process() -> Turns | None:
    """None where something else serves, as in tests."""
    return _before_this_process[0] if _before_this_process else None


def told_to_come_back(
    environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """Nothing was begun, so it can be asked again as it is. The answer is ready-made."""
    for_program = environ["PATH_INFO"].startswith("/api/") or (
        "application/json" in environ.get("HTTP_ACCEPT", "")
    )
    kind, body = _json() if for_program else _page()
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Retry-After", str(SOONEST_S + secrets.randbelow(SPREAD_S))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response("503 Service Unavailable", headers)
    return [body]


def _json() -> tuple[str, bytes]:
    return "application/json", orjson.dumps({"code": "busy"} | numbered())


def _page() -> tuple[str, bytes]:
    return "text/html; charset=utf-8", _ready().replace(NUMBER, request_id().encode())


@cache
def _ready() -> bytes:
    """The page but for the number of whose request it answers."""
    number = REQUEST_ID.set(NUMBER.decode())
    try:
        with translation.override(settings.LANGUAGE_CODE):
            return loader.get_template("503_line.html").render().encode()
    finally:
        REQUEST_ID.reset(number)
