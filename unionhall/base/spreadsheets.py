"""Spreadsheets in and out, safely.

In: a workbook is opened by a child process with capped memory, CPU and time; text is decoded
strictly. Out: see ``written_tables`` and ``returned_tables``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import overload

import orjson

from unionhall.base.childs_lines import lines_of
from unionhall.base.tables import EPOCH_1900, EPOCH_1904, Row, Sheet
from unionhall.base.text_tables import decoded, rows_of
from unionhall.base.told_cells import row_of
from unionhall.base.typed_records import ENDING as RECORDS_ENDING
from unionhall.base.typed_records import checked_lines
from unionhall.base.unreadable import UnreadableFile
from unionhall.base.workbooks.names import shown_names
from unionhall.base.written_tables import (
    LONGEST_SHEET_NAME,
    Column,
    Kind,
    SheetToWrite,
    Written,
    write_csv,
    write_xlsx,
)

MAX_BYTES = 20 << 20
WALL_SECONDS = 60
CHILD = Path(__file__).with_name("spreadsheet_child.py")
TEXT_ENDINGS = (".csv", ".txt", ".tsv", ".tab")
_WEB_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|table|head|meta)\b", re.IGNORECASE)
SPACE = 0x20

__all__ = [
    "LONGEST_SHEET_NAME",
    "Column",
    "Kind",
    "SheetToWrite",
    "UnreadableFile",
    "Written",
    "is_workbook",
    "read_workbook",
    "write_csv",
    "write_xlsx",
]


def read_workbook(content: bytes, *, name: str) -> list[Sheet]:
    """The sheets of an xlsx, an old xls, a table of text or of JSON lines; ``UnreadableFile``.

    ``name`` is the file's own name: it only decides whether text is a table. Rows are decoded
    as they are read. Dates come as dates, blank cells as ``None``; a csv has text only.
    """
    if is_workbook(content):
        return _from_workbook(content)
    if _WEB_PAGE.match(content):
        raise UnreadableFile("web_page")
    if name.lower().endswith(RECORDS_ENDING):
        return [Sheet(_name_of(name), _JsonRows(checked_lines(content)))]
    if not name.lower().endswith(TEXT_ENDINGS):
        raise UnreadableFile("not_a_workbook" if _is_binary(content) else "text_inside")
    return [Sheet(_name_of(name), rows_of(decoded(content)))]


def is_workbook(content: bytes) -> bool:
    """Whether only a child process may open it; ``UnreadableFile`` of what is empty or too long."""
    if not content.strip(b"\0 \t\r\n"):
        raise UnreadableFile("empty")
    if len(content) > MAX_BYTES:
        raise UnreadableFile("too_many_bytes")
    return content.startswith((b"PK", b"\xd0\xcf\x11\xe0"))


def _name_of(file: str) -> str:
    [shown] = shown_names([Path(file).stem])
    return shown


def _is_binary(content: bytes) -> bool:
    head = content[:512]
    return head.startswith(b"%PDF") or any(byte < SPACE and byte not in b"\t\r\n" for byte in head)


def _from_workbook(content: bytes) -> list[Sheet]:
    lines = list(lines_of(CHILD, content, patience_s=WALL_SECONDS))
    if not lines:
        raise UnreadableFile("too_large")
    told = json.loads(lines.pop())
    if "refused" in told:
        raise UnreadableFile(told["refused"])
    epoch = EPOCH_1904 if told["epoch_1904"] else EPOCH_1900
    sheets, start = [], 0
    names = shown_names(one["name"] for one in told["sheets"])
    for one, name in zip(told["sheets"], names, strict=True):
        rows = _JsonRows(lines[start : start + one["rows"]])
        sheets.append(Sheet(name, rows, epoch, hidden=one["hidden"]))
        start += one["rows"]
    return sheets


class _JsonRows(Sequence[Row]):
    """Rows kept as the child wrote them and decoded when asked for: a tenth of the memory."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        if isinstance(at, slice):
            return _JsonRows(self._lines[at])
        return row_of(orjson.loads(self._lines[at]))

    def __iter__(self) -> Iterator[Row]:
        return (self[at] for at in range(len(self)))


REPORT_HEADINGS = ("sheet", "row", "verdict", "reason_codes", "normalisations", "warnings")


def write_report(
    rows: Iterable[tuple[str, int, str, Sequence[str], Sequence[str], Sequence[str]]],
) -> bytes:
    """The report on an import, a line for each row; several codes are joined by ``;``."""
    return write_csv(
        REPORT_HEADINGS,
        ([sheet, row, verdict, *map(";".join, codes)] for sheet, row, verdict, *codes in rows),
    )
