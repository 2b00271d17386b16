"""A table given back to its sender, with the reasons beside the rows that were not taken.

A workbook of today is mended in place, by the program that opens files of unknown origin; of any
other table, and of a workbook of an unusual shape, a plain one is made first.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

from unionhall.base.childs_lines import environment_of_child
from unionhall.base.spreadsheets import CHILD, WALL_SECONDS, read_workbook
from unionhall.base.tables import Sheet
from unionhall.base.unreadable import UnreadableFile
from unionhall.base.workbooks.names import shown_names
from unionhall.base.workbooks.plain_books import plain_book
from unionhall.base.written_tables import sheet_name


def annotated(
    content: bytes, *, name: str, notes: Mapping[tuple[str, int], str], heading: str
) -> bytes:
    """The sender's own table as xlsx, with a column at its right for what is wrong with a row.

    ``notes``: (sheet, row as the spreadsheet program shows it) -> words. Sheets, rows, columns
    and values stay where and what they are, and what is hidden stays hidden; of a formula its
    stored value, so nothing is computed, and of one in a row with a note that is forbidden or has
    stored nothing the error #N/A, which is refused as it was. ``heading`` stands in row 1 of the new column; a column
    that an earlier round left there is replaced. Raises ``UnreadableFile``.
    """
    beside: dict[str, dict[int, str]] = {}
    for (sheet, row), text in notes.items():
        beside.setdefault(sheet, {})[row] = text
    in_place = _in_place(content, beside, heading) if content.startswith(b"PK") else b""
    return in_place or _written_anew(read_workbook(content, name=name), beside, heading)


def _in_place(content: bytes, beside: Mapping[str, Mapping[int, str]], heading: str) -> bytes:
    """Empty when the file is not to be mended in place, for whatever reason."""
    notes = {sheet: list(rows.items()) for sheet, rows in beside.items()}
    asked = json.dumps({"notes": notes, "heading": heading}).encode()
    try:
        child = subprocess.run(  # noqa: S603 — our own program; the file goes to its input
            [sys.executable, "-I", str(CHILD), "beside"],
            input=asked + b"\n" + content,
            env=environment_of_child(),
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile("too_long") from error
    whole = child.returncode == 0 and child.stdout.startswith(b"PK")
    return child.stdout if whole else b""


def _written_anew(
    sheets: Sequence[Sheet], beside: Mapping[str, Mapping[int, str]], heading: str
) -> bytes:
    """A plain workbook of what was read, and then the same."""
    names = _names(sheets)
    notes = {name: beside.get(one.name, {}) for name, one in zip(names, sheets, strict=True)}
    plain = plain_book(list(zip(names, sheets, strict=True)), to_mend=notes)
    in_place = _in_place(plain, notes, heading)
    if not in_place:
        raise UnreadableFile("failed")
    return in_place


def _names(sheets: Sequence[Sheet]) -> list[str]:
    """Names that a workbook can hold."""
    return shown_names(sheet_name(sheet.name) for sheet in sheets)
