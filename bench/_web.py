"""A web server as a child, and a crowd that asks it over kept connections. Loopback only.

The crowd writes down every answer with its moments, so that a bench can hold them against the
database afterwards: who was told what, and in which order.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import urlencode, urlsplit

from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
START_PATIENCE_S, ANSWER_PATIENCE_S = 30, 60
HEAD_END = b"\r\n\r\n"
PERCENTILES = (50, 95, 99)
FLOORS = {
    "bare": ("bench._bare:application", dict[str, str]()),
    "plain": (
        "unionhall.site.wsgi:application",
        {"DJANGO_SETTINGS_MODULE": "bench._plain_settings"},
    ),
}

T = TypeVar("T")


class Answer(NamedTuple):
    """What came back; ``began`` and ``ended`` in seconds of one clock. Status 0: no answer came.

    ``again``: after so many seconds one may ask again, if it says so.
    """

    status: int
    location: str
    body: bytes
    began: float
    ended: float
    again: float = 0.0

    @property
    def took(self) -> float:
        """Seconds."""
        return self.ended - self.began


@dataclass(frozen=True)
class Serving:
    """How a server is run: the same for the product and for its floors."""

    workers: int = 1
    threads: int = 8


@contextmanager
def served(
    application: str, environment: Mapping[str, str] | None = None, *, how: Serving | None = None
) -> Iterator[int]:
    """``module:function`` under the product's web server; gives its port. It ends with the block.

    It works on the database that Django has inside the block.
    """
    port, how = free_port(), how or Serving()
    words = [
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--no-ws",
        "--http",
        "1",
        "--log-level",
        "error",
    ]
    words += ["--workers", str(how.workers), "--blocking-threads", str(how.threads)]
    words += ["--host", HOST, "--port", str(port), application]
    child = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, *words],
        cwd=ROOT,
        env=_environment(environment or {}),
        stdin=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, child)
        yield port
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
        return port


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    parts = urlsplit(os.environ["DATABASE_URL"])
    here = parts._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    ours = {"DATABASE_URL": here, "PYTHONPATH": str(ROOT), "UNIONHALL_POOL": "1"}
    return {**os.environ, **ours, "UNIONHALL_LOG": "ERROR", **more}


def _wait_for(port: int, child: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_PATIENCE_S
    while time.monotonic() < until:
        if child.poll() is not None:
            raise RuntimeError(f"The web server ended with {child.returncode}.")
        with socket.socket() as one:
            if one.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("The web server did not begin to listen.")


class Line:
    """One kept connection; asks one thing after the other."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> Answer:
        """Send the bytes, wait for the answer. A broken line is opened anew for the next one."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(ANSWER_PATIENCE_S):
                status, location, body, again = await self._answered(request)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            await self.close()
            status, location, body, again = 0, "", b"", 0.0
        return Answer(status, location, body, began, time.perf_counter(), again)

    async def _answered(self, request: bytes) -> tuple[int, str, bytes, float]:
        if self._ends is None:
            self._ends = await asyncio.open_connection(HOST, self.port)
        reader, writer = self._ends
        writer.write(request)
        head = (await reader.readuntil(HEAD_END)).decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        location = next((line[10:] for line in head if line.lower().startswith("location: ")), "")
        if fields.get("transfer-encoding") == "chunked":
            body = await _chunks(reader)
        else:
            body = await reader.readexactly(int(fields.get("content-length", 0)))
        return int(head[0].split(" ", 2)[1]), location, body, float(fields.get("retry-after", 0))

    async def close(self) -> None:
        """Hang up."""
        if self._ends is not None:
            self._ends[1].close()
            self._ends = None


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body


def crowd(
    port: int, deed: Callable[[Line, T], Awaitable[None]], people: Iterable[T], *, lines: int = 64
) -> float:
    """Everybody does it once, over so many connections at a time; gives back the seconds it took."""

    async def all_of_them() -> float:
        waiting = iter(people)

        async def one_line() -> None:
            line = Line(port)
            for one in waiting:  # shared: whoever is free takes the next
                await deed(line, one)
            await line.close()

        begin = time.perf_counter()
        await asyncio.gather(*(one_line() for _line in range(lines)))
        return time.perf_counter() - begin

    return asyncio.run(all_of_them())


def warm(port: int, sent: bytes, *, times: int = 50) -> None:
    """The first requests of a process load what all others find loaded."""

    async def once(line: Line, _nth: int) -> None:
        await line.ask(sent)

    crowd(port, once, range(times), lines=8)


def request(
    method: str, path: str, *, cookies: str = "", form: Mapping[str, str] | None = None,
    accept: str = "text/html", headers: Sequence[str] = (),
) -> bytes:  # fmt: skip
    """The bytes of a request as a browser sends it."""
    body = urlencode(form).encode() if form is not None else b""
    head = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Accept: {accept}", *headers]
    head += [f"Cookie: {cookies}"] if cookies else []
    if method == "POST":
        head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode() + HEAD_END + body


def percentiles(answers: Sequence[Answer]) -> dict[int, float]:
    """Percent -> milliseconds within which so many of them came; nearest rank."""
    took = sorted(answer.took for answer in answers)
    return {p: 1000 * took[max(0, -(-len(took) * p // 100) - 1)] for p in PERCENTILES}
