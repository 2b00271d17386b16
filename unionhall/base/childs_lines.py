"""What a child process of ours says of a file of unknown origin, line by line as it says it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from signal import SIGXCPU
from threading import Thread
from typing import IO, Any, cast

from unionhall.base.unreadable import UnreadableFile

AT_ONCE = 1 << 20


def lines_of(
    program: Path, content: bytes, *, words: Sequence[str] = (), patience_s: float
) -> Iterator[bytes]:
    """The lines that ``program`` writes about ``content``, which it gets as its input.

    It works on while the lines before are used. Raises ``UnreadableFile``, also behind good lines,
    if a limit of CPU or memory ended it or it has said nothing for ``patience_s`` seconds.
    """
    command = [sys.executable, "-I", str(program), *words]
    pipe = subprocess.PIPE
    options: dict[str, Any] = {
        "env": environment_of_child(),
        "stdin": pipe,
        "stdout": pipe,
        "stderr": subprocess.DEVNULL,
    }
    with subprocess.Popen(command, **options) as child:  # noqa: S603 — our own program
        said: SimpleQueue[bytes] = SimpleQueue()
        given, told = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
        threads = [
            Thread(target=_feed, args=(given, content), daemon=True),
            Thread(target=_hear, args=(told, said), daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            rest = yield from _whole_lines(said, patience_s)
            status = child.wait(patience_s)
        except (Empty, subprocess.TimeoutExpired) as error:
            raise UnreadableFile("too_long") from error
        finally:
            child.kill()  # it is still there only if nobody listens any more
            for thread in threads:
                thread.join()
    if status:
        raise UnreadableFile("too_long" if status == -SIGXCPU else "too_large")
    if rest:
        yield rest


def environment_of_child() -> dict[str, str]:
    """None of the house's keys; only where Python itself may have to be found."""
    return {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}


def _feed(into: IO[bytes], content: bytes) -> None:
    try:
        with into:
            into.write(content)
    except BrokenPipeError:
        pass  # it was ended, or wants to know no more


def _hear(source: IO[bytes], said: SimpleQueue[bytes]) -> None:
    """As it comes, for whoever writes into a full pipe stands still; it writes no more than it may."""
    while piece := os.read(source.fileno(), AT_ONCE):
        said.put(piece)
    said.put(b"")


def _whole_lines(said: SimpleQueue[bytes], patience_s: float) -> Generator[bytes, None, bytes]:
    """Those that have an end; gives back the last, which has none: it may have been cut off."""
    begun: list[bytes] = []
    while piece := said.get(timeout=patience_s):
        first, *others = piece.split(b"\n")
        begun.append(first)
        if others:
            yield b"".join(begun)
            *whole, last = others
            yield from whole
            begun = [last]
    return b"".join(begun)
