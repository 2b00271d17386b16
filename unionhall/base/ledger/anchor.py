"""The anchor of the ledger: a file outside the database with a line for each sealed block.

Whoever rules the database can forge entries and seals alike, so that they agree; the lines that were written
before stay as they were. Lines are appended and never rewritten. It knows no Django, for a restore needs it, too.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

NAME: Final = "ledger-anchor.txt"
WHOLE: Final = re.compile(r"\d+ \d+ [0-9a-f]{64}")
LONGEST = 256  # bytes that are looked at together; a line of two numbers and a digest has fewer


def file_in(data: Path) -> Path:
    """Where it lies: ``UNIONHALL_ANCHOR``, best on another disk, else in the data folder."""
    return Path(os.environ.get("UNIONHALL_ANCHOR") or data / NAME).resolve()


def line(number: int, last_id: int, chained: str) -> str:
    """What stands in it of one block."""
    return f"{number} {last_id} {chained}"


def lines(file: Path) -> Iterator[str]:
    """All that stands in it, also where a mail or an editor ends lines otherwise, leaves some empty, or the last one open.

    What a power cut left half written is no line.
    """
    with file.open(encoding="utf-8-sig", errors="replace", newline="\n") as content:
        for one in content:
            told = one.strip()
            if told and (one.endswith("\n") or WHOLE.fullmatch(told)):
                yield told


def number_of(one: str) -> int:
    """Of the block that a line tells of. Raises ValueError where it tells of none."""
    return int(one.split(" ", 1)[0])


def is_there(file: Path) -> bool:
    """Whether there is one; none where nobody may look."""
    try:
        return file.exists()
    except OSError:
        return False


def begin(file: Path) -> None:
    """Makes it, empty, unless it is there. Raises OSError."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o640)
        _flush_folder(file.parent)


def newest(file: Path) -> str:
    """The last line of it that is ended, "" if there is none. Raises FileNotFoundError."""
    with file.open("rb") as content:
        return _newest(content)


def append(file: Path, told: Iterable[tuple[int, str]]) -> int:
    """Adds the lines of blocks, given with their numbers in order, that it lacks; how many.

    They are on the disk when this returns. Raises FileNotFoundError, and ValueError for a damaged last line.
    """
    with file.open("r+b") as content:
        fcntl.flock(content, fcntl.LOCK_EX)
        last = _newest(content)
        behind = number_of(last) if last else 0
        missing = [one for number, one in told if number > behind]
        content.truncate(_end_of_lines(content))
        content.seek(0, os.SEEK_END)
        content.write("".join(f"{one}\n" for one in missing).encode())
        content.flush()
        os.fsync(content.fileno())
    return len(missing)


def _newest(content: BinaryIO) -> str:
    end = _end_of_lines(content)
    content.seek(max(0, end - LONGEST))
    told = content.read(end - content.tell()).decode(errors="replace").strip().splitlines()
    return told[-1].strip() if told else ""


def _end_of_lines(content: BinaryIO) -> int:
    """Behind the last line that is ended. What a power cut left there may be long: zeros, as many as fit in a page."""
    start = content.seek(0, os.SEEK_END)
    while start:
        end, start = start, max(0, start - LONGEST)
        content.seek(start)
        newline = content.read(end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
    return 0


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
