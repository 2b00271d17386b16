"""A sheet with a cell more in the rows that a note stands beside; other rows are copied."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from html import unescape
from typing import IO

from unionhall.base.workbooks.odd_cells import FORBIDDEN_FORMULA
from unionhall.base.workbooks.sheet_reader import SheetReader
from unionhall.base.workbooks.xml_pieces import (
    MAIN,
    TAG,
    NotPlainError,
    Pieces,
    attributes,
    escaped,
    letters_of,
    number_of,
    taken_apart,
)

LONGEST_TEXT = 32_767
MOST_COLUMNS = 16_384
WIDEST_MERGE = 1_024  # a title merged over the whole row does not move the notes out of sight
NOTE_WIDTH = 60
REFUSED_VALUE = b"#N/A"  # of a refused formula
KEPT = {  # what shows; all that computes, connects or embeds is left out
    "sheetPr", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetProtection",
    "autoFilter", "mergeCells", "phoneticPr", "dataValidations", "printOptions", "pageMargins",
    "pageSetup", "headerFooter", "rowBreaks", "colBreaks",
}  # fmt: skip
_RELATION = re.compile(rb"""\s[\w.-]+:id\s*=\s*(?:"[^"]*"|'[^']*')""")
_LISTED = re.compile(rb"""formula[12]>([^<]*)</""")
_COMPUTED = re.compile(rb"[|\[(]")  # more than words or a range
_MERGED = re.compile(rb"""ref\s*=\s*["'][A-Z]+\d+:([A-Z]+)\d+["']""")
_FORMULA = re.compile(rb"[<:]f[\s/>]")
_SPANS = re.compile(rb"""\sspans\s*=\s*(?:"[^"]*"|'[^']*')""")
_KIND = re.compile(rb"""\st\s*=\s*(?:"[^"]*"|'[^']*')""")
_CELL = re.compile(rb"<c[\s/>]")
_PLACE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")


@dataclass(frozen=True)
class Notes:
    """What stands beside one sheet. ``heading_strings``: where the shared texts have the heading."""

    by_row: Mapping[int, str]
    heading: str
    heading_strings: frozenset[int]
    style: int
    odd: bool  # whether the sheet may hold formulas


class NotedSheet:
    """Reads the sheet twice: to find the notes' column, and to write it.

    Raises ``NotPlainError`` where a sheet is not of the usual shape.
    """

    def __init__(self, source: IO[bytes], notes: Notes) -> None:
        self._notes = notes
        reader = SheetReader(source)
        head = reader.head()
        self._prefix = reader.prefix
        name = re.escape(self._prefix)
        self._cell = re.compile(
            rb"<%bc(?=[\s/>])%b(?:/>|>(.*?)</%bc>)" % (name, TAG, name), re.DOTALL
        )
        self._row = re.compile(rb"<%brow(?=[\s>])%b>" % (name, TAG))
        last, self._old = self._measured(reader)
        self._frame = taken_apart(head + reader.tail())
        if self._frame.prefix != self._prefix or self._frame.opening.count(MAIN.encode()) != 1:
            raise NotPlainError
        merged = b"".join(one.text for one in self._frame.children if one.name == "mergeCells")
        ends = [number_of(one.decode()) for one in _MERGED.findall(merged)]
        last = max([last, *(end for end in ends if end <= WIDEST_MERGE)])
        self._column = self._old or last + 1
        if self._column > MOST_COLUMNS:
            raise NotPlainError

    # == The first look ==

    def _measured(self, reader: SheetReader) -> tuple[int, int]:
        """The last column that holds something, and where an earlier round left its notes."""
        last = old = 0
        begun = False
        for block in reader.rows():
            quick = not self._prefix and block.count(b'<c r="') == len(_CELL.findall(block))
            for row in self._rows(block):
                if not begun:
                    old = self._earlier(row)
                    begun = True
                last = max(last, self._last_quickly(row) if quick else self._last(row))
        return last, old

    def _rows(self, block: bytes) -> Iterator[bytes]:
        end = b"</" + self._prefix + b"row>"
        *rows, rest = block.split(end)
        if rest.strip():
            raise NotPlainError
        return (row + end for row in rows)

    def _last_quickly(self, row: bytes) -> int:
        """Of a row whose cells all begin in the same way and say where they are."""
        at = row.rfind(b'<c r="', 0, max(row.rfind(b"</c>"), 0))
        if at < 0:
            return 0
        place = row[at + 6 : row.index(b'"', at + 6)]
        return number_of(place.rstrip(b"0123456789").decode())

    def _last(self, row: bytes) -> int:
        return max((column for column, one in self._cells(row) if one[2]), default=0)

    def _cells(self, row: bytes) -> Iterator[tuple[int, re.Match[bytes]]]:
        """With the column of each; one that does not say where it is, is the next."""
        column = 0
        for one in self._cell.finditer(row):
            place = _PLACE.fullmatch(attributes(one[1]).get("r", ""))
            previous, column = column, number_of(place[1]) if place else column + 1
            if column <= previous:
                raise NotPlainError
            yield column, one

    def _earlier(self, row: bytes) -> int:
        """The column whose first row has the heading."""
        if self._number(row, 0) != 1:
            return 0
        heading = escaped(self._notes.heading)
        for column, one in self._cells(row):
            shared = attributes(one[1]).get("t") == "s"
            text = re.sub(rb"<[^>]*>", b"", one[2] or b"")
            if text.startswith(heading) if not shared else self._is_heading(text):
                return column
        return 0

    def _is_heading(self, text: bytes) -> bool:
        return text.isdigit() and int(text) in self._notes.heading_strings

    def _number(self, row: bytes, previous: int) -> int:
        if row.startswith(b'<row r="'):  # most
            return int(row[8 : row.index(b'"', 8)])
        found = self._row.search(row)
        if not found:
            raise NotPlainError
        return int(attributes(found[1]).get("r", previous + 1))

    # == Writing ==

    def write(self, source: IO[bytes], target: IO[bytes]) -> None:
        """The sheet with its notes."""
        frame = self._mended_frame()
        target.write(frame.opening)
        for name, text in frame.children:
            if name != "sheetData":
                target.write(text)
                continue
            target.write(b"<" + self._prefix + b"sheetData>")
            reader = SheetReader(source, again=True)
            reader.head()
            for block in self._written(reader):
                target.write(block)
            target.write(b"</" + self._prefix + b"sheetData>")
        target.write(frame.closing)

    def _written(self, reader: SheetReader) -> Iterator[bytes]:
        due = dict(sorted(self._notes.by_row.items()))
        if due:
            first = "\n".join(filter(None, [self._notes.heading, due.pop(1, "")]))
            due = {1: first} | due
        number = 0
        for block in reader.rows():
            rows = []
            for row in self._rows(block):
                previous, number = number, self._number(row, number)
                if number <= previous:
                    raise NotPlainError
                rows += self._new_rows(due, number)
                rows.append(self._noted(row, number, due.pop(number, "")))
            yield b"".join(rows)
        yield b"".join(self._new_rows(due, MOST_ROWS + 1))

    def _new_rows(self, due: dict[int, str], before: int) -> list[bytes]:
        """Rows that the sheet does not have, for it begins further down."""
        rows = []
        while due and (number := next(iter(due))) < before:
            row = b'<%brow r="%d"></%brow>' % (self._prefix, number, self._prefix)
            rows.append(self._noted(row, number, due.pop(number)))
        return rows

    def _noted(self, row: bytes, number: int, note: str) -> bytes:
        if self._notes.odd and _FORMULA.search(row):
            to_mend = number in self._notes.by_row
            row = self._cell.sub(partial(self._value_alone, to_mend=to_mend), row)
            if _FORMULA.search(row):
                raise NotPlainError
        there = b'"%s%d"' % (letters_of(self._column).encode(), number)
        if not note and not (self._old and there in row):
            return row
        return self._with_cell(row, self._new_cell(number, note) if note else b"")

    def _value_alone(self, found: re.Match[bytes], *, to_mend: bool) -> bytes:
        """A cell without its formula; one that has no value shows the formula as text.

        In a row ``to_mend`` a formula that readers refuse leaves an error, which they refuse, too:
        else its value would be taken in when the table comes again with nothing mended.
        """
        tag, body = found[1], found[2] or b""
        if not _FORMULA.search(body):
            return found[0]
        name = re.escape(self._prefix)
        formula = re.compile(rb"<%bf(?=[\s/>])%b(?:/>|>(.*?)</%bf>)" % (name, TAG, name), re.DOTALL)
        text = b"".join(one[2] or b"" for one in formula.finditer(body))
        value = formula.sub(b"", body)
        p, c = self._prefix, self._prefix + b"c"
        stored = re.search(rb">[^<]", value)
        if to_mend and (not stored or FORBIDDEN_FORMULA.search(unescape(text.decode()))):
            kept = _KIND.sub(b"", tag)
            return b'<%b%b t="e"><%bv>%b</%bv></%b>' % (c, kept, p, REFUSED_VALUE, p, c)
        if stored or not text:
            return b"<%b%b>%b</%b>" % (c, tag, value, c)
        return self._text_cell(_KIND.sub(b"", tag), b"=" + text)

    def _new_cell(self, number: int, note: str) -> bytes:
        place = f"{letters_of(self._column)}{number}"
        tag = f' r="{place}" s="{self._notes.style}"'.encode()
        return self._text_cell(tag, escaped(note[:LONGEST_TEXT]))

    def _text_cell(self, tag: bytes, text: bytes) -> bytes:
        p = self._prefix
        inside = b'<%bis><%bt xml:space="preserve">%b</%bt></%bis>' % (p, p, text, p, p)
        return b'<%bc%b t="inlineStr">%b</%bc>' % (p, tag, inside, p)

    def _with_cell(self, row: bytes, cell: bytes) -> bytes:
        """In its place among the cells of the row; an earlier note goes."""
        opening = self._row.search(row)
        if not opening:
            raise NotPlainError
        start = end = opening.end()
        for column, one in self._cells(row):
            if column > self._column:
                break
            if column == self._column:
                if one[2] and not self._old:
                    raise NotPlainError
                start, end = one.span()
                break
            start = end = one.end()
        tag = _SPANS.sub(b"", row[: opening.end()])
        return tag + row[opening.end() : start] + cell + row[end:]

    # == What stands around the rows ==

    def _mended_frame(self) -> Pieces:
        children = [one for one in self._frame.children if one.name in KEPT]
        names = [one.name for one in children]
        if names.count("sheetData") != 1 or names.count("cols") > 1:
            raise NotPlainError
        mended = []
        for one in children:
            text = one.text
            if one.name == "dataValidations" and any(map(_COMPUTED.search, _LISTED.findall(text))):
                continue
            if one.name == "pageSetup":  # the settings of a printer
                text = _RELATION.sub(b"", text)
            if one.name == "cols" and self._notes.by_row:
                text = self._columns(text)
            if one.name != "sheetData" and (_RELATION.search(text) or b"AlternateContent" in text):
                raise NotPlainError
            if one.name == "sheetData" and "cols" not in names and self._notes.by_row:
                mended.append(one._replace(name="cols", text=self._columns(b"")))
            mended.append(one._replace(text=text))
        return self._frame._replace(children=mended)

    def _columns(self, text: bytes) -> bytes:
        """The widths; the notes' own column is wide and shows, though those beside it be hidden."""
        p, own = self._prefix, self._column
        tag = re.compile(rb"<%bcol(?=[\s/>])%b/>" % (re.escape(p), TAG))
        new = {
            own: b'<%bcol min="%d" max="%d" width="%d" customWidth="1"/>'
            % (p, own, own, NOTE_WIDTH)
        }
        for one in tag.finditer(text):
            said = attributes(one[1])
            first, last = int(said["min"]), int(said["max"])
            for low, high in ((first, min(last, own - 1)), (max(first, own + 1), last)):
                if low <= high:
                    rest = re.sub(rb"""\s(?:min|max)\s*=\s*(?:"[^"]*"|'[^']*')""", b"", one[1])
                    new[low] = b'<%bcol min="%d" max="%d"%b/>' % (p, low, high, rest)
        return b"<%bcols>%b</%bcols>" % (p, b"".join(new[at] for at in sorted(new)), p)


MOST_ROWS = 1_048_576
