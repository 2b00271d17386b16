"""Slow readers of long files, before the real web server: the others are served beside them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from demo.addresses import free_port
from tests.architecture.house import ROOT
from unionhall.base.files.long_answers import AT_ONCE

HOST, PATIENCE_S = "127.0.0.1", 30
FILM = 64 << 20  # bytes; what lies in the buffers between two ends of a connection is far less
OTHERS = 2  # threads beyond those that long answers may hold


@contextmanager
def served(folder: Path, **environ: str) -> Iterator[int]:
    """The port of a web server with as many threads as long answers may hold, and two."""
    film, port = folder / "a.mp4", free_port(HOST, 0)
    with film.open("wb") as empty:
        empty.truncate(FILM)
    words = ["granian", "--interface", "wsgi", "--no-ws", "--http", "1", "--port", str(port)]
    words += ["--blocking-threads", str(AT_ONCE + OTHERS), "tests.launcher.long_file:application"]
    child = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env={**os.environ, **environ, "FILM": str(film)},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: told(port, part=True) == "206")
        yield port
    finally:
        child.terminate()
        child.wait(PATIENCE_S)


def wait_until(so: Callable[[], bool]) -> None:
    for _time in range(PATIENCE_S * 10):
        if so():
            return
        threading.Event().wait(0.1)
    raise AssertionError


def reader(port: int) -> socket.socket:
    """Whoever asks for all of it, and reads nothing yet."""
    line = socket.create_connection((HOST, port), timeout=PATIENCE_S)
    line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return line


def status(line: socket.socket) -> str:
    return line.recv(12).decode()[-3:]  # HTTP/1.1 200


def told(port: int, *, part: bool = False, patience_s: float = PATIENCE_S) -> str:
    """The status of an answer; empty when there is none."""
    with suppress(OSError), socket.create_connection((HOST, port), timeout=patience_s) as line:
        asked = b"Range: bytes=0-9\r\n" if part else b""
        line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + asked + b"\r\n")
        return status(line)
    return ""


@pytest.fixture
def lines() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def test_slow_readers_leave_threads_for_the_others(tmp_path: Path, lines: ExitStack) -> None:
    with served(tmp_path) as port:
        slow = [lines.enter_context(reader(port)) for _reader in range(AT_ONCE)]
        assert [status(line) for line in slow] == ["200"] * AT_ONCE
        assert [told(port) for _reader in range(OTHERS + 1)] == ["503"] * (OTHERS + 1)
        assert told(port, part=True) == "206"
        lines.close()
        wait_until(lambda: told(port) == "200")


def test_without_a_bound_slow_readers_stop_it(tmp_path: Path, lines: ExitStack) -> None:
    """The control."""
    with served(tmp_path, UNBOUND="1") as port:
        slow = [lines.enter_context(reader(port)) for _reader in range(AT_ONCE + OTHERS)]
        assert [status(line) for line in slow] == ["200"] * len(slow)
        assert told(port, part=True, patience_s=2) == ""
        lines.close()
        wait_until(lambda: told(port, part=True) == "206")
