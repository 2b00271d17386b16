from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unionhall.base import returned_tables
from unionhall.base.returned_tables import annotated
from unionhall.base.spreadsheets import read_workbook
from unionhall.base.tables import EPOCH_1900, EPOCH_1904, CellError, Formula, Sheet
from unionhall.base.unreadable import UnreadableFile
from unionhall.base.workbooks.plain_books import plain_book

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
CELLS = st.one_of(
    st.none(),
    TEXTS,
    st.sampled_from(
        ["=1+1", "+1", "\t=1", "_x0041_", " a ", "<f>1</f>", "]]>", "&amp;", "𠮷㛃", "a\nb"]
    ),
    st.integers(-(10**15), 10**15),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(dt.date(1904, 1, 3), dt.date(2100, 1, 1)),
    st.datetimes(dt.datetime(1904, 1, 3), dt.datetime(2100, 1, 1)),
    st.sampled_from([CellError("#N/A"), CellError("#REF!")]),
)


def same(cell: object, read: object) -> bool:
    if isinstance(cell, dt.datetime) and isinstance(read, dt.date):
        moment = read if isinstance(read, dt.datetime) else dt.datetime.combine(read, dt.time())
        return abs(moment - cell) < dt.timedelta(seconds=1)
    if isinstance(cell, float | int) and isinstance(read, float | int):
        return math.isclose(cell, read, rel_tol=1e-15)
    return cell == read


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=40),
    st.sampled_from([EPOCH_1900, EPOCH_1904]),
)
def test_what_is_written_is_read_again(rows, epoch):
    content = plain_book(
        [("表", Sheet("表", rows, epoch)), ("空", Sheet("空", [], epoch, hidden=True))]
    )
    sheet, empty = read_workbook(content, name="a.xlsx")
    assert (sheet.epoch, empty.hidden, len(empty.rows)) == (epoch, True, 0)
    read = [list(row) + [None] * 4 for row in sheet.rows]
    for row, again in zip(rows, read + [[None] * 4] * len(rows), strict=False):
        assert all(map(same, row, again)), (row, again)


def test_a_formula_is_its_value_or_its_text():
    rows = [[Formula("1+1", 2), Formula("A1", None), Formula("1/0", CellError("#DIV/0!"))]]
    [sheet] = read_workbook(plain_book([("表", Sheet("表", rows))]), name="a.xlsx")
    assert list(sheet.rows[0]) == [2, "=A1", CellError("#DIV/0!")]


def test_what_no_cell_holds_is_cut_or_left_out():
    rows = [["长" * 40_000, "a\x00\x08b\ud842", dt.date(1890, 1, 1), CellError("#SPILL!")]]
    [sheet] = read_workbook(plain_book([("表", Sheet("表", rows))]), name="a.xlsx")
    assert list(sheet.rows[0]) == ["长" * 32_767, "ab", "1890-01-01", "#SPILL!"]


def test_reasons_that_cannot_be_put_down_are_never_left_out_in_silence(monkeypatch):
    monkeypatch.setattr(returned_tables, "_in_place", lambda *given: b"")
    with pytest.raises(UnreadableFile):
        annotated("姓名\n周白露\n".encode(), name="a.csv", notes={("a", 2): "换"}, heading="改")
