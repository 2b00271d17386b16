"""A partner's system on loopback: it checks the signature as Standard Webhooks says, and answers as it is told to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Partner:
    """What it heard, and what it answers: a status, a status with a header, or nothing (0: it hangs up)."""

    answers: list[int] = field(default_factory=list)  # then 204
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    before_answering: Callable[[], None] = lambda: None
    url: str = ""

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _body in self.heard]

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _headers, body in self.heard]


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Written anew from the specification, not from ours."""
    key = base64.b64decode(secret.split("_", 1)[1])
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return any(one == f"v1,{wanted}" for one in headers["webhook-signature"].split(" "))


@contextmanager
def a_partner(*answers: int) -> Iterator[Partner]:
    partner = Partner(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            named = {name.lower(): value for name, value in self.headers.items()}
            partner.heard.append((named, body))
            partner.before_answering()
            status = partner.answers.pop(0) if partner.answers else 204
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            if status in {301, 307}:
                self.send_header("Location", f"{partner.url}elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_said: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    partner.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield partner
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
