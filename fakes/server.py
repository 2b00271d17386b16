"""A server of one process: routes are functions, what it knows stands in an object that tests may look into."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request: the query and the form by name, each with its last value."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: dict[str, str]  # names in small letters
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def in_json(told: object, status: int = 200, kind: str = "application/json") -> Answer:
    """As JSON in UTF-8, which is not said: WeChat says ``text/plain``."""
    return Answer(status, json.dumps(told, ensure_ascii=False).encode(), {"Content-Type": kind})


def page(html: str) -> Answer:
    """A page to press a button on."""
    head = (
        '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    )
    style = "<style>body{font:18px sans-serif;margin:2rem}a,button{font:inherit;display:inline-block;padding:.8rem 1.2rem;margin:.4rem 0}</style>"
    body = f"{head}{style}{html}".encode()
    return Answer(200, body, {"Content-Type": "text/html; charset=utf-8"})


def lead_to(address: str) -> Answer:
    """To another address."""
    return Answer(302, b"", {"Location": address})


class Fake:
    """A fake server. ``routes``: method and path -> a method of it. ``slow_s`` and ``broken`` are misery to order."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.lock = threading.Lock()
        self.slow_s = 0.0
        self.broken: Answer | None = None
        self.url = ""

    def routes(self) -> dict[tuple[str, str], Callable[[Asked], Answer]]:
        """What it answers."""
        raise NotImplementedError

    def answer(self, asked: Asked) -> Answer:
        """One request, one at a time: what is good once is good once."""
        if self.slow_s:
            time.sleep(self.slow_s)
        with self.lock:
            self.asked.append(asked)
            if self.broken:
                return self.broken
            route = self.routes().get((asked.method, asked.path))
            return route(asked) if route else Answer(404, b"not found")


@contextmanager
def serving(fake: Fake, host: str = "127.0.0.1", *, known_as: str = "127.0.0.1") -> Iterator[str]:
    """Its address, as long as it runs, on a free port; a browser finds it by the name that it is ``known_as``."""
    server = _Quiet((host, 0), _handler_of(fake))
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    )
    thread.start()
    fake.url = f"http://{known_as}:{server.server_port}"
    try:
        yield fake.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_where: object) -> None:
        """Somebody left before the answer came: that is what is tried."""


def _handler_of(fake: Fake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def _answer(self, body: bytes) -> None:
            parts = urlsplit(self.path)
            is_form = "x-www-form-urlencoded" in self.headers.get("Content-Type", "")
            told = fake.answer(
                Asked(
                    self.command,
                    parts.path,
                    _last(parts.query),
                    _last(body.decode()) if is_form else {},
                    {name.lower(): value for name, value in self.headers.items()},
                    body,
                )
            )
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, *_words: object) -> None:
            """Say nothing: an address here may hold a code."""

    return Handler


def _last(query: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
