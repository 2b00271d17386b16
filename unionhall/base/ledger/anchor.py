"""The anchor of the ledger: a file outside the database with a line for each sealed block.

Whoever rules the database can forge entries and seals alike, so that they agree; the lines that were written
before stay as they were. Lines are appended and never rewritten. It knows no Django, for a restore needs it, too.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

NAME: Final = "ledger-anchor.txt"
LONGEST = 256  # bytes of the last line that are looked at; two numbers and a digest are fewer


def file_in(data: Path) -> Path:
    """Where it lies: ``UNIONHALL_ANCHOR``, best on another disk, else in the data folder."""
    return Path(os.environ.get("UNIONHALL_ANCHOR") or data / NAME).resolve()


def line(number: int, last_id: int, chained: str) -> str:
    """What stands in it of one block."""
    return f"{number} {last_id} {chained}"


def lines(file: Path) -> Iterator[str]:
    """All that was written to its end; what a power cut left half written is no line."""
    with file.open(encoding="utf-8", errors="replace", newline="\n") as content:
        for one in content:
            if one.endswith("\n"):
                yield one[:-1]


def number_of(one: str) -> int:
    """Of the block that a line tells of. Raises ValueError where it tells of none."""
    return int(one.split(" ", 1)[0])


def begin(file: Path) -> None:
    """Makes it, empty, unless it is there."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o640)
        _flush_folder(file.parent)


def last_number(file: Path) -> int:
    """Of the newest block in it, 0 if there is none. Raises FileNotFoundError, and ValueError for a damaged line."""
    with file.open("rb") as content:
        return _last_number(content)


def append(file: Path, told: Iterable[tuple[int, str]]) -> int:
    """Adds the lines of blocks, given with their numbers in order, that it lacks; how many.

    They are on the disk when this returns. Raises FileNotFoundError, and ValueError for a damaged last line.
    """
    with file.open("r+b") as content:
        fcntl.flock(content, fcntl.LOCK_EX)
        newest = _last_number(content)
        missing = [one for number, one in told if number > newest]
        content.truncate(_end_of_lines(content))
        content.seek(0, os.SEEK_END)
        content.write("".join(f"{one}\n" for one in missing).encode())
        content.flush()
        os.fsync(content.fileno())
    return len(missing)


def _last_number(content: BinaryIO) -> int:
    end = _end_of_lines(content)
    content.seek(max(0, end - LONGEST))
    told = content.read(end - content.tell()).decode(errors="replace").splitlines()
    return number_of(told[-1]) if told else 0


def _end_of_lines(content: BinaryIO) -> int:
    """Behind the last line that is whole. A half one is as long as ``LONGEST`` at most."""
    size = content.seek(0, os.SEEK_END)
    start = content.seek(max(0, size - LONGEST))
    tail = content.read()
    return start + tail.rfind(b"\n") + 1


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
