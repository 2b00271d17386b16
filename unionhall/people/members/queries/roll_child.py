"""The program that reads and judges a workbook with a roll, in a process of its own.

Its input is a line of JSON with what the rows are held against (``HeldAgainst``), and the file. It
writes lines of JSON: the headings, then many verdicts a line, so that they are compared with the
roll while it goes on reading; the last line is ``{}`` or ``{"refused": "<code>"}``. It has the
limits of the program that opens any workbook, and like that one can open nothing any more.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, starmap
from pathlib import Path
from typing import BinaryIO, overload

import orjson

sys.path.insert(0, str(Path(__file__).parents[4]))

from unionhall.base import spreadsheet_child
from unionhall.base.spreadsheet_child import Marks, Part, told_cell, told_row
from unionhall.base.tables import EPOCH_1900, EPOCH_1904, Row, RowVerdict, Sheet
from unionhall.base.told_cells import cell_of, row_of
from unionhall.base.workbooks.names import shown_names
from unionhall.base.workbooks.refusals import RefusedError
from unionhall.people.members.rules import RollLine, UnionNames, read_roll, roll_headings

AT_ONCE = 500
HEAD = 40  # rows in which a header is looked for, and its second line


class PartRows(Sequence[Row]):
    """The rows of a sheet, which come one after another; only those at the top are kept."""

    def __init__(self, part: Part) -> None:
        self._rows = part.read()
        self._head = [_row_of(*row) for row in islice(self._rows(), HEAD)]

    def __len__(self) -> int:
        return len(self._head)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        return self._head[at]

    def __iter__(self) -> Iterator[Row]:
        return starmap(_row_of, self._rows())


def _row_of(row: list[object], marks: Marks | None) -> Row:
    """As if it had been told, without the way there and back for most cells."""
    if marks:
        return row_of(told_row(row, marks))
    return [
        (cell or None) if type(cell) is str else cell if type(cell) is dt.date
        else cell_of(told_cell(cell)) for cell in row
    ]  # fmt: skip


def main() -> None:
    """Answer on standard output; the exit status is 0 unless a limit ended the process."""
    spreadsheet_child.answer(_judge)


def _judge(given: BinaryIO, out: BinaryIO) -> dict[str, object]:
    against = orjson.loads(given.readline())
    book = spreadsheet_child.opened(given.read())
    epoch = EPOCH_1904 if book.epoch_1904 else EPOCH_1900
    names = shown_names(part.name for part in book.parts)
    sheets = [
        Sheet(name, PartRows(part), epoch, hidden=part.hidden)
        for name, part in zip(names, book.parts, strict=True)
        if not part.hidden
    ]
    headings = roll_headings(sheets)
    _say(headings._asdict(), out)
    if not headings.missing:
        verdicts = read_roll(
            sheets,
            unions=UnionNames(frozenset(against["grassroots"]), frozenset(against["upper"])),
            today=dt.date.fromisoformat(against["today"]),
            allow_test_ids=against["allow_test_ids"],
            of_union=against["of_union"],
        )
        _tell(verdicts, out)
    return {}


def _tell(verdicts: Iterable[RowVerdict[RollLine]], out: BinaryIO) -> None:
    written, waiting = 0, iter(verdicts)
    while some := list(islice(waiting, AT_ONCE)):
        written += _say(list(map(_told, some)), out)
        if written > spreadsheet_child.OUTPUT:
            raise RefusedError("too_large")


def _say(something: object, out: BinaryIO) -> int:
    length = out.write(orjson.dumps(something) + b"\n")
    out.flush()
    return length


def _told(one: RowVerdict[RollLine]) -> tuple[object, ...]:
    return (
        one.sheet,
        one.row,
        one.verdict,
        [(why.code, why.column, why.written, why.facts) for why in one.reasons],
        one.normalisations,
        one.warnings,
        tuple(one.values) if one.values else None,
        one.about,
        one.legible,
    )


if __name__ == "__main__":
    main()
