"""The program that opens a workbook of unknown origin, in a process of its own.

Reads the file from standard input and writes lines of JSON: a line for each row, then the last
line with the sheets and how many of the rows are theirs. It imports only ``workbooks`` of the
house and needs no settings; before the first byte is looked at, memory and CPU are capped, and it
can open no file and no connection any more. A refusal is a last line ``{"refused": "<code>"}``.

Called with ``beside``, it reads a line of JSON with notes before the file, and writes the file
with the notes beside its rows instead; or ``{"refused": ""}`` when it is not to be mended in place.

A cell is ``null``, a text, a number, a truth value, or a pair: ``["d", day]``, ``["t", time]``,
``["e", error]``, ``["f", formula, value]``. An old workbook does not tell a formula's text.
"""

from __future__ import annotations

import datetime as dt
import encodings.cp437  # noqa: F401 — names in an archive; later nothing can be imported
import io
import json
import math
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias
from xml.parsers import expat

import python_calamine

sys.path.insert(0, str(Path(__file__).parents[2]))

from unionhall.base.workbooks import old_files
from unionhall.base.workbooks.archives import Archive
from unionhall.base.workbooks.noted_books import with_notes
from unionhall.base.workbooks.odd_cells import Mark, OddCells, OddMarks
from unionhall.base.workbooks.refusals import RefusedError
from unionhall.base.workbooks.xml_pieces import NotPlainError

MEMORY, CPU_SECONDS = 512 << 20, 40
ROWS, COLUMNS = 200_000, 256
OUTPUT = 96 << 20
LIMITS = {
    resource.RLIMIT_AS: MEMORY,
    resource.RLIMIT_CPU: CPU_SECONDS,
    resource.RLIMIT_NOFILE: 3,  # what is open: no file, no socket and no pipe beyond
    resource.RLIMIT_NPROC: 0,
    resource.RLIMIT_CORE: 0,
}
_json = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps would make one for each row


def main() -> None:
    """Answer on standard output; the exit status is 0 unless a limit ended the process."""
    answer(_put_beside if sys.argv[1:] == ["beside"] else _tell_rows)


def answer(do: Callable[[BinaryIO, BinaryIO], object]) -> None:
    """Do it within the limits; the last line is what it gives back, or why it is refused."""
    cap()
    out = sys.stdout.buffer
    try:
        last = do(sys.stdin.buffer, out)
    except RefusedError as refusal:
        last = {"refused": str(refusal)}
    except MemoryError:
        last = {"refused": "too_large"}
    except BaseException as error:  # noqa: BLE001 — a reader's panic is no Exception
        last = {"refused": "damaged", "by": type(error).__name__}
    if last is not None:
        out.write(_json(last).encode("utf-8", "replace"))
    out.flush()


def cap() -> None:
    """From here on the process has little and can open nothing."""
    for limit, most in LIMITS.items():
        # At the hard limit of CPU comes a KILL that tells nothing, at the soft one XCPU.
        resource.setrlimit(limit, (most, most + (limit == resource.RLIMIT_CPU)))


def _put_beside(given: BinaryIO, out: BinaryIO) -> None:
    asked = json.loads(given.readline())
    notes = {name: {int(row): text for row, text in rows} for name, rows in asked["notes"].items()}
    try:
        out.write(with_notes(given.read(), notes, asked["heading"]))
    except (NotPlainError, expat.ExpatError) as error:
        raise RefusedError("") from error


Told: TypeAlias = list[object]
Marks: TypeAlias = dict[int, Mark]


@dataclass(frozen=True)
class Part:
    """A sheet of the book; ``odd`` says what its cells do not tell."""

    name: str
    hidden: bool
    book: python_calamine.CalamineWorkbook
    at: int
    odd: OddMarks

    def read(self) -> Callable[[], Iterator[tuple[list[object], Marks | None]]]:
        """Reads it, and gives its rows with their marks, for ``told_row``, as often as one asks."""
        sheet = self.book.get_sheet_by_index(self.at)
        odd = self.odd.get
        return lambda: ((row, odd(at)) for at, row in enumerate(_rows_of(sheet)))


@dataclass(frozen=True)
class Book:
    """Its sheets, without charts and the like, and on which day its days begin."""

    parts: list[Part]
    epoch_1904: bool


def opened(content: bytes) -> Book:
    """The book of unknown origin, looked through; ``RefusedError`` says why not."""
    if content.startswith(old_files.OLD_OFFICE):
        odd, epoch_1904 = old_files.look_into(content)
        return Book(_parts(content, odd), epoch_1904)
    if not content.startswith(b"PK\x03\x04"):
        raise RefusedError("not_a_workbook")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        checked = Archive(archive, content)
        parts, epoch_1904 = checked.book()
        odd = {
            at: OddCells().read(archive.open(part.entry))
            for at, part in enumerate(parts)
            if part.entry in checked.odd
        }
        return Book(_parts(content, odd), epoch_1904)


def _parts(content: bytes, odd: dict[int, OddMarks]) -> list[Part]:
    """``odd``: by the place of the sheet."""
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except python_calamine.PasswordError as error:
        raise RefusedError("locked") from error
    shown = python_calamine.SheetVisibleEnum.Visible
    return [
        Part(meta.name, meta.visible != shown, book, at, odd.get(at, {}))
        for at, meta in enumerate(book.sheets_metadata)
        if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
    ]


def _tell_rows(given: BinaryIO, out: BinaryIO) -> dict[str, object]:
    book = opened(given.read())
    sheets, written = [], 0
    for part in book.parts:
        rows = 0
        for row, marks in part.read()():
            told = _json(told_row(row, marks))
            written += out.write(f"{told}\n".encode("utf-8", "replace"))
            if written > OUTPUT:
                raise RefusedError("too_large")
            rows += 1
        sheets.append({"name": part.name, "hidden": part.hidden, "rows": rows})
    return {"sheets": sheets, "epoch_1904": book.epoch_1904}


def _rows_of(sheet: python_calamine.CalamineSheet) -> Iterator[list[object]]:
    end = sheet.end
    if end is None:
        return iter(())
    if end[0] >= ROWS or end[1] >= COLUMNS:
        raise RefusedError("too_large")
    # The reader leaves out the columns before the first cell.
    return ([""] * (end[1] + 1 - len(row)) + row for row in sheet.iter_rows())


def told_row(row: list[object], marks: Marks | None) -> Told:
    """As JSON can say it; ``marks``: by the place of the cell."""
    cells = [(cell or None) if type(cell) is str else told_cell(cell) for cell in row]
    for at, mark in (marks or {}).items():
        cells += [None] * (at + 1 - len(cells))
        if mark[0] == "f":
            mark[2] = mark[2] if mark[2] is None or isinstance(mark[2], list) else cells[at]
        cells[at] = mark
    return cells


def told_cell(cell: object) -> object:
    """As JSON can say it."""
    if type(cell) is dt.date:  # most that come here
        return ["d", cell.isoformat()]
    if cell is None or cell == "":
        return None
    if isinstance(cell, float) and not math.isfinite(cell):
        return ["e", "#NUM!"]
    if isinstance(cell, bool | int | float | str):
        return cell
    if isinstance(cell, dt.datetime):
        return ["t", cell.isoformat()]
    return str(cell)


if __name__ == "__main__":
    main()
