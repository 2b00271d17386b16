"""The archived segments of the log: whether they are all there, and whole."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path
from typing import Final

from unionhall.base.embedded.archive import PACKED

SEGMENT: Final = re.compile(r"[0-9A-F]{24}")
SEGMENTS_OF_A_LOG: Final = 256  # of 16 MB each, the size that the server is made with
BLOCK: Final = 1 << 20


def archived(wal: Path) -> list[str]:
    """The names of the whole segments, in order."""
    names = (path.name.removesuffix(PACKED) for path in wal.glob(f"*{PACKED}"))
    return sorted(name for name in names if SEGMENT.fullmatch(name))


def place_of(segment: str) -> int:
    """Which one it is, counted from the first; the timeline (8 digits) does not count."""
    return int(segment[8:16], 16) * SEGMENTS_OF_A_LOG + int(segment[16:24], 16)


def problems_since(wal: Path, first: str, last: str) -> list[str]:
    """What is missing or damaged from ``first`` to ``last``, or to the newest one if that is later."""
    same = [name for name in archived(wal) if name[:8] == first[:8]]  # its timeline
    there = {place_of(name): name for name in same if name >= first}
    newest = max([place_of(last), *there])
    wanted = range(place_of(first), newest + 1)
    gaps = [f"segment {number} of the log is missing" for number in wanted if number not in there]
    return gaps + [
        f"{name}{PACKED} is damaged"
        for _, name in sorted(there.items())
        if not is_whole(wal / f"{name}{PACKED}")
    ]


def is_whole(path: Path) -> bool:
    """Whether it unpacks, with the checksum that it was packed with."""
    try:
        with gzip.open(path) as content:
            while content.read(BLOCK):
                pass
    except (OSError, EOFError, zlib.error):
        return False
    return True


def logs_in(wal: Path) -> list[str]:
    """The names of the logs that are archived here; "" is the one of the folder itself."""
    return ["", *sorted(path.name for path in wal.glob("*") if path.is_dir())]


def let_go_before(wal: Path, first: str | None) -> int:
    """Removes the segments that no backup needs any more, all of them for None; how many."""
    of_segments = [path for path in wal.glob(f"*{PACKED}") if SEGMENT.match(path.name)]
    old = [path for path in of_segments if not first or place_of(path.name) < place_of(first)]
    for path in old:  # with the notes that the server makes of each backup
        path.unlink()
    return len(old)
