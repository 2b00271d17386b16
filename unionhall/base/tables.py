"""A sheet as a table: where its header is, which rows are data, and the verdict on each row.

Every import of the house reads through here: columns are found by name in any order, titles,
blank rows, subtotals and notes are told from data, and each row ends as one ``RowVerdict``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import zip_longest
from operator import itemgetter
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from unionhall.base.workbooks import odd_cells

EPOCH_1900 = date(1899, 12, 30)  # serial 1 is 1900-01-01 and Excel believes in 1900-02-29
EPOCH_1904 = date(1904, 1, 1)
HEADER_WITHIN = 30  # a header further down than this is not a header
FORBIDDEN_FORMULA = odd_cells.FORBIDDEN_FORMULA
LONGEST_HEADING = 200
LONGEST_LONE_VALUE = 12  # a lone first cell that is longer than a name is a note

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CellError:
    """A stored error value, such as ``#REF!`` or ``#N/A``."""

    text: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula and what it came to when it was saved; ``None`` when nothing was stored."""

    text: str
    value: Value


Value: TypeAlias = str | float | bool | date | datetime | CellError | None
Cell: TypeAlias = Value | Formula
Row: TypeAlias = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. ``rows[0]`` is row 1 of the spreadsheet program; a blank cell is ``None``."""

    name: str
    rows: Sequence[Row]
    epoch: date = EPOCH_1900
    hidden: bool = False


class Read(NamedTuple, Generic[T]):
    """What one cell came to: a value or a problem, and what was changed on the way."""

    value: T | None
    changes: tuple[str, ...] = ()
    problem: str = ""
    warnings: tuple[str, ...] = ()


class Verdict(StrEnum):
    """What becomes of a row."""

    ACCEPTED = "accepted"
    ACCEPTED_NORMALISED = "accepted_normalised"
    REJECTED = "rejected"
    NOT_DATA = "not_data"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is not taken: the code, the column, what stood there, and facts for the wording."""

    code: str
    column: str = ""
    written: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)


class RowVerdict(NamedTuple, Generic[T]):
    """The answer to one row. ``row`` is the number that the spreadsheet program shows."""

    sheet: str
    row: int
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    normalisations: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    values: T | None = None
    about: str = ""  # whom or what the row names, as it was written
    legible: Mapping[str, str] | None = None  # what is sure of a refused row: column -> value

    @property
    def reason_codes(self) -> tuple[str, ...]:
        """The codes alone, as reports show them."""
        return tuple(reason.code for reason in self.reasons)

    @property
    def accepted(self) -> bool:
        """With or without normalisation."""
        return self.verdict in {Verdict.ACCEPTED, Verdict.ACCEPTED_NORMALISED}


class NoHeaderError(ValueError):
    """No visible sheet has the header; ``missing`` names the columns that the ``likeliest`` lacks."""

    def __init__(self, missing: Sequence[str], likeliest: Table | None = None) -> None:
        super().__init__(", ".join(missing))
        self.missing = tuple(missing)
        self.likeliest = likeliest


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns a list may have: field -> the headings that mean it, and which it must have."""

    headings: Mapping[str, Sequence[str]]
    required: Sequence[str]


class Heading(NamedTuple):
    """A heading as it is written, what it stands for if that is known, and if its cells are read."""

    written: str
    column: str
    is_read: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet whose header was found. ``first`` and ``last`` are indexes of the header's rows."""

    sheet: Sheet
    first: int
    last: int
    columns: Mapping[str, int]

    def lines(self) -> Iterator[tuple[int, str, Mapping[str, Cell]]]:
        """Row number, why it is no data (empty when it is), and the cells by field."""
        headings = [_plain_row(self.sheet.rows[at]) for at in range(self.first, self.last + 1)]
        named = frozenset(text for texts in headings for text in texts)
        titled, fields_of = False, self._fields()
        for at, row in enumerate(self.sheet.rows):
            if at < self.first:
                blank = not any(_plain_row(row))
                code = "BLANK" if blank else "FORM_LINE" if titled else "TITLE"
                titled = titled or not blank
            elif at <= self.last:
                code = "HEADER"
            else:
                code = self._not_data(row, headings, named)
            yield at + 1, code, {} if code else fields_of(row)

    def _fields(self) -> Callable[[Row], dict[str, Cell]]:
        names, places = tuple(self.columns), tuple(self.columns.values())
        width = max(places) + 1
        cells_of = itemgetter(*places, 0)  # two at the least, for of one it would give the cell

        def fields_of(row: Row) -> dict[str, Cell]:
            whole = row if len(row) >= width else [*row, *[None] * (width - len(row))]
            return dict(zip(names, cells_of(whole), strict=False))

        return fields_of

    def _not_data(self, row: Row, headings: Sequence[Sequence[str]], named: Collection[str]) -> str:
        if (len(row) - list(row).count(None)) * 2 > len(self.columns):
            first = next(cell for cell in row if cell is not None)
            if plain_heading(as_text(first)) not in named:
                return ""  # most rows: no need to look closer, for this is no repeated header
        texts = _plain_row(row)
        filled = [(at, text) for at, text in enumerate(texts) if text]
        if not filled:
            return "BLANK"
        if texts in headings:
            return "HEADER"
        if any(SUBTOTAL.match(text) for _, text in filled[:3]) and len(filled) < len(self.columns):
            return "SUBTOTAL"
        if all(NOTE.match(text) for _, text in filled):
            return "NOTE"
        lone = len(filled) == 1 and filled[0][0] == 0
        return "NOTE" if lone and len(filled[0][1]) > LONGEST_LONE_VALUE else ""


BESIDE_A_HEADING = re.compile(r"\([^()]*\)$|[\s*]")
SUBTOTAL = re.compile(r"(小计|合计|总计|共计|本页计)[:：]?\d*人?$")
NOTE = re.compile(r"(说明|填表|填报|注[:：]|备注[:：]|制表|审核|签字|盖章|\*)")


def find_table(sheets: Sequence[Sheet], columns: Columns) -> list[Table]:
    """The visible sheets that hold the list; raises ``NoHeaderError`` when none does."""
    tables = [found for s in sheets if not s.hidden and (found := _table_in(s, columns))]
    if not tables:
        raise _no_header(sheets, columns)
    return tables


def _no_header(sheets: Sequence[Sheet], columns: Columns) -> NoHeaderError:
    """Of all rows the one that has most of the headings is the likeliest header."""
    meaning = _meaning(columns)
    rows = [
        _header_at(sheet, at, meaning)
        for sheet in sheets
        if not sheet.hidden
        for at in range(min(HEADER_WITHIN, len(sheet.rows)))
    ]
    likeliest = max(rows, key=lambda table: len(table.columns), default=None)
    found = likeliest.columns if likeliest else {}
    lacks = [name for name in columns.required if name not in found]
    missing = [columns.headings[name][0] for name in lacks or columns.required]
    return NoHeaderError(missing, likeliest if found else None)


def headings_of(table: Table, columns: Columns) -> list[Heading]:
    """All headings in the order of the file. Of two that mean the same, the first is read."""
    meaning, read = _meaning(columns), set(table.columns.values())
    texts = _written_row(table.sheet.rows[table.first])
    if table.last > table.first:
        texts = _below_or_above(texts, _written_row(table.sheet.rows[table.last]))
    return [
        Heading(text, meaning.get(plain_heading(text), ""), at in read)
        for at, text in enumerate(texts)
        if text
    ]


def _written_row(row: Row) -> list[str]:
    return [" ".join(as_text(cell).split()) for cell in row]


def _meaning(columns: Columns) -> dict[str, str]:
    return {
        plain_heading(name): field_name
        for field_name, names in columns.headings.items()
        for name in names
    }


def _table_in(sheet: Sheet, columns: Columns) -> Table | None:
    meaning = _meaning(columns)
    for at in range(min(HEADER_WITHIN, len(sheet.rows))):
        table = _header_at(sheet, at, meaning)
        if all(name in table.columns for name in columns.required):
            return table
    return None


def _header_at(sheet: Sheet, at: int, meaning: Mapping[str, str]) -> Table:
    """As if this row were the header, or this and the next together."""
    upper = _plain_row(sheet.rows[at])
    lower = _plain_row(sheet.rows[at + 1]) if at + 1 < len(sheet.rows) else []
    one, below = _columns_of(upper, meaning), _columns_of(lower, meaning)
    two = _columns_of(_below_or_above(upper, lower), meaning) if lower else {}
    merged = one and below and len(two) > max(len(one), len(below))
    return Table(sheet, at, at + 1, two) if merged else Table(sheet, at, at, one)


def _columns_of(texts: Sequence[str], meaning: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, text in enumerate(texts):
        field_name = meaning.get(text)
        if field_name and field_name not in found:
            found[field_name] = at
    return found


def _below_or_above(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """A header of two rows with merged cells, read as one: the lower heading counts."""
    return [below or above for above, below in zip_longest(upper, lower, fillvalue="")]


def _plain_row(row: Row) -> list[str]:
    return [plain_heading(as_text(cell)) for cell in row]


def plain_heading(text: str) -> str:
    """A heading without spaces, stars and what stands in brackets: ``届期（年）`` is ``届期``."""
    if len(text) > LONGEST_HEADING:  # folding ten thousand accents takes minutes
        return text.strip()
    folded = unicodedata.normalize("NFKC", text)
    return BESIDE_A_HEADING.sub("", folded) or folded.strip()


def as_text(cell: Cell) -> str:
    """What a reader of the sheet would say stands in the cell."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Formula):
        return as_text(cell.value)
    if isinstance(cell, CellError):
        return cell.text
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)
