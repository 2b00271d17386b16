"""No connection left, and clients who take their time (F7, F8)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg

from demo.addresses import free_port
from demo.processes import ROOT
from faults.bed import PLANTED, Bed
from faults.house import HOST, House, house
from faults.oracles import of
from faults.outcome import Outcome
from faults.rush import reckoned, rush

HELD_S = 6.0  # longer than a request waits for a connection
SOME, SLOW_ONES, DRIP_S = 30, 300, 8.0
ONE_THREAD = """
import sys
from wsgiref.simple_server import demo_app, make_server
make_server("127.0.0.1", int(sys.argv[1]), demo_app).serve_forever()
"""
SERVER_ERROR, BUSY = 500, 503
SEND_AWAY = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user
"""


def exhaustion(bed: Bed) -> Iterator[Outcome]:
    """Others hold every connection that the database gives: 503, never 500, and then all goes on."""
    outcome = Outcome("no connection left", times=1, restart_s=0.0)
    with house(bed.cluster, "exhausted", worker=False) as one:
        with rush(one, bed.stage, timeout_s=HELD_S) as rushed:
            rushed.wait_until_told(SOME)
            squeeze(one)
            outcome.restart_s = one.wait_for("web")
        reckoned(outcome, rushed)
        statuses = [line.status for line in of(rushed.lines, "unknown")]
    busy, wrong = statuses.count(BUSY), statuses.count(SERVER_ERROR)
    outcome.said = f"{busy} times 503, {wrong} times 500"
    outcome.offences += ["an answer was 500"] * wrong
    outcome.offences += [] if busy else ["nobody was told 503: nothing was exhausted"]
    outcome.control, outcome.controlled_by = errors_laid_bare(bed), "without 503: answers 500"
    yield outcome


def errors_laid_bare(bed: Bed) -> int:
    """How many are told of a mistake by a product that does not know the word busy."""
    with house(
        bed.cluster, "not_busy", application=PLANTED, worker=False, PLANTED="never_busy"
    ) as one:
        with rush(one, bed.stage, timeout_s=HELD_S) as rushed:
            rushed.wait_until_told(SOME)
            squeeze(one)
        return sum(line.status == SERVER_ERROR for line in of(rushed.lines, "unknown"))


def squeeze(one: House) -> None:
    """Send the web server's connections away, and take every one that is free, for a while."""
    url, held = one.cluster.url(one.database), []
    until = time.monotonic() + HELD_S
    try:
        while time.monotonic() < until:
            with suppress(psycopg.OperationalError):
                while True:
                    held.append(psycopg.connect(url, autocommit=True))
            with suppress(psycopg.OperationalError, IndexError):
                held[0].execute(SEND_AWAY + f"AND NOT pid = ANY(ARRAY{pids(held)})")
    finally:
        for connection in held:
            connection.close()


def pids(held: list[psycopg.Connection]) -> list[int]:
    """Of our own connections."""
    return [connection.info.backend_pid for connection in held]


def slow_clients(bed: Bed) -> Iterator[Outcome]:
    """Hundreds who send a byte now and then: the others hardly notice."""
    outcome = Outcome("slow clients (heads)", times=SLOW_ONES)
    with house(bed.cluster, "slow", worker=False) as one:
        with rush(one, bed.stage) as rushed:
            rushed.wait_until_told(SOME)
            before = told_in(lambda: len(rushed.lines), lambda: time.sleep(DRIP_S / 2))
            during = told_in(lambda: len(rushed.lines), lambda: drip(one.front.port, SLOW_ONES))
        reckoned(outcome, rushed)
    outcome.said = f"answers a second: {before:.0f} before, {during:.0f} beside {SLOW_ONES} slow"
    outcome.offences += [] if during > before / 3 else ["the others were hardly served"]
    outcome.control, outcome.controlled_by = starved(), "one thread, unbuffered: unanswered"
    yield outcome


def told_in(count: Callable[[], int], do: Callable[[], None]) -> float:
    """How fast it grows while something is done, a second."""
    had, began = count(), time.monotonic()
    do()
    return (count() - had) / (time.monotonic() - began)


def drip(port: int, clients: int, seconds: float = DRIP_S) -> None:
    """So many clients who never come to the end of their headers."""
    with opened(port, clients) as lines:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for line in lines:
                with suppress(OSError):  # it may have been sent away
                    line.send(b"X-Slow: 1\r\n"[:1])
            time.sleep(0.5)


@contextmanager
def opened(port: int, clients: int) -> Iterator[list[socket.socket]]:
    """Begun requests."""
    lines = [socket.create_connection((HOST, port), timeout=5) for _client in range(clients)]
    try:
        for line in lines:
            line.send(b"GET /sign-in/ HTTP/1.1\r\nHost: localhost\r\nX-")
            line.setblocking(False)
        yield lines
    finally:
        for line in lines:
            line.close()


def starved() -> int:
    """How many of three ordinary requests a server of one thread leaves unanswered beside four slow ones."""
    port = free_port(HOST, 0)
    server = subprocess.Popen(
        [sys.executable, "-c", ONE_THREAD, str(port)],
        cwd=ROOT,
        env=os.environ,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not asked(port):
            time.sleep(0.05)
        with opened(port, 4):
            return sum(not asked(port) for _request in range(3))
    finally:
        server.kill()
        server.wait()


def asked(port: int) -> bool:
    """Whether an answer came within a second."""
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1) as line:
        line.send(b"GET / HTTP/1.0\r\n\r\n")
        return bool(line.recv(1))
    return False
