"""Members who start, answer and hand in over kept connections, and ask again until they know.

A process of its own, for the one that kills must not also wait: ``python -m faults.crowd PLAN LEDGER``.
It ends when every deed is done or, after SIGTERM, when those that were begun are.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faults.ledger import Ledger, Line

TOKEN = "f" * 32  # of the cookie and the header; that they agree is what the site looks at
HOST, OK, BROKEN = "127.0.0.1", 200, 500
GIVE_UP_S = 60.0
PAUSES_S = (0.02, 0.1)


@dataclass(frozen=True)
class Plan:
    """``naive``: takes no answer for a no, and does not ask again."""

    port: int
    people: list[tuple[int, str]]
    deeds: list[tuple[int, int]]
    threads: int = 12
    timeout_s: float = 3.0
    naive: bool = False
    give_up_s: float = GIVE_UP_S


class Left(Exception):  # noqa: N818 - an outcome
    """This deed goes no further."""


class Person:
    """One thread's line to the server, and whose deed it does just now."""

    def __init__(self, plan: Plan, ledger: Ledger) -> None:
        self.plan, self.ledger = plan, ledger
        self.line = self._line()
        self.contest = self.member = 0
        self.session = ""

    def live(self, contest: int, nth: int) -> None:
        """Start, answer, hand in."""
        self.contest, (self.member, self.session) = contest, self.plan.people[nth]
        base = "/api/v1/quiz"
        try:
            attempt = self.ask("start", "POST", f"{base}/contests/{contest}/attempts/")["id"]
            path = f"{base}/attempts/{attempt}"
            self.ask("answer", "PUT", f"{path}/answers/1/", {"given": ["true"], "seq": 0})
            self.ask("hand_in", "POST", f"{path}/hand-in/")
        except Left:
            return

    def ask(self, step: str, method: str, path: str, body: object = None) -> dict[str, Any]:
        """What is the answer? A request whose outcome is unknown is asked again, word for word."""
        asked, unknown_since = time.monotonic(), 0.0
        while True:
            status, facts = self._send(method, path, body)
            now = time.monotonic()
            unknown_s = now - unknown_since if unknown_since else 0.0
            line = (step, self.contest, self.member, asked, now, unknown_s, status, facts)
            if status == OK:
                self.ledger.write(Line("told", *line))
                return facts
            if 0 < status < BROKEN:
                self.ledger.write(Line("odd", *line))
                raise Left
            unknown_since = unknown_since or now
            gives_up = self.plan.naive or now - asked > self.plan.give_up_s
            self.ledger.write(Line("left" if gives_up else "unknown", *line))
            if gives_up:
                raise Left
            time.sleep(random.uniform(*PAUSES_S))  # noqa: S311 - so that not all come at once

    def _send(self, method: str, path: str, body: object) -> tuple[int, dict[str, Any]]:
        headers = {
            "Cookie": f"sessionid={self.session}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/json",
        }
        try:
            self.line.request(method, path, json.dumps(body).encode() if body else b"", headers)
            answer = self.line.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if answer.status == OK else {}
        except (OSError, http.client.HTTPException, ValueError):
            self.line.close()
            self.line = self._line()
            return 0, {}

    def _line(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(HOST, self.plan.port, timeout=self.plan.timeout_s)


def main(plan_path: str, ledger_path: str) -> None:
    """Runs the plan."""
    plan, ledger = Plan(**json.loads(Path(plan_path).read_text())), Ledger(Path(ledger_path))
    stop, parent = threading.Event(), os.getppid()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    deeds, lock = iter(plan.deeds), threading.Lock()

    def take() -> Iterator[tuple[int, int]]:
        while not stop.is_set():
            with lock:
                deed = next(deeds, None)
            if deed is None:
                return
            yield deed

    def serve() -> None:
        person = Person(plan, ledger)
        for contest, nth in take():
            person.live(contest, nth)

    threads = [threading.Thread(target=serve) for _person in range(plan.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():  # so that a signal is heard meanwhile
            thread.join(0.1)
            if os.getppid() != parent:  # whoever reads the ledger has been killed
                os._exit(1)
    Path(f"{ledger_path}.slowest").write_text(str(ledger.slowest_s))


if __name__ == "__main__":
    main(*sys.argv[1:])
