"""Answers that go out block by block; each holds a thread of the web server until its reader has all of it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

AT_ONCE = 8  # of a process; its web server has as many threads more than others need
BLOCK = 64 * 1024

_free = threading.BoundedSemaphore(AT_ONCE)


class LongAnswer:
    """All of a file, for whoever asked for no part of it. It is to be closed, read to its end or not."""

    def __init__(self, path: Path) -> None:
        """Raises ``BlockingIOError`` while ``AT_ONCE`` are under way, and ``FileNotFoundError``."""
        self._source = path.open("rb")
        if not _free.acquire(blocking=False):
            self._source.close()
            raise BlockingIOError(path)
        # Also where a mistake on the way took its answer's place, so that nobody closes it.
        self._given_back = weakref.finalize(self, _give_back, self._source)

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self._source.read(BLOCK), b"")

    def close(self) -> None:
        """Let the next one in."""
        self._given_back()


def _give_back(source: BinaryIO) -> None:
    source.close()
    _free.release()
