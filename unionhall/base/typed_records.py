"""A table as JSON lines, a record in each, the first being the header: numbers stay numbers.

What programs push becomes such a file, so that a number in it means what it means in a workbook.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import orjson

from unionhall.base.text_tables import MAX_COLUMNS, MAX_ROWS
from unionhall.base.unreadable import UnreadableFile

ENDING = ".jsonl"
PLAIN = (str, int, float, type(None))


def as_line(cells: Sequence[str | float | None]) -> bytes:
    """One record; blank cells at its end are left out, and halves of a pair become ``?``."""
    last = max((at for at, cell in enumerate(cells, start=1) if cell is not None), default=0)
    line = json.dumps(list(cells[:last]), ensure_ascii=False, separators=(",", ":"))
    return line.encode("utf-8", "replace") + b"\n"


def checked_lines(content: bytes) -> list[bytes]:
    """The records as they are written, each found to be one. Raises ``UnreadableFile``."""
    lines = content.rstrip(b"\n").split(b"\n")
    if len(lines) > MAX_ROWS:
        raise UnreadableFile("too_large")
    for line in lines:
        _check(line)
    return lines


def _check(line: bytes) -> None:
    try:
        cells = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise UnreadableFile("damaged") from None
    if not isinstance(cells, list) or not _all_plain(cells):
        raise UnreadableFile("damaged")
    if len(cells) > MAX_COLUMNS:
        raise UnreadableFile("too_large")


def _all_plain(cells: Iterable[object]) -> bool:
    return all(type(cell) in PLAIN for cell in cells)
