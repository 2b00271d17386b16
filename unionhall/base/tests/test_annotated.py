from __future__ import annotations

import datetime as dt
import io

import pytest
import xlsxwriter

from unionhall.base.returned_tables import annotated
from unionhall.base.spreadsheets import UnreadableFile, read_workbook
from unionhall.base.tables import EPOCH_1904, CellError, Formula, Sheet
from unionhall.base.tests.hostile_files import entries, zipped

HEADING = "哪里要改"
RARE = "𠮷𬱖𪚥𫘧𬭎𫍽㛃䶮漷"


def a_roll(*, date_1904: bool = False) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "date_1904": date_1904}) as book:
        roll, hidden = book.add_worksheet("名册"), book.add_worksheet("字典")
        hidden.write_string(0, 0, "男")
        hidden.hide()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for at, text in enumerate(("姓名", "证件号码", "电话", "入会日期", "在册")):
            roll.write_string(1, at, text)
        roll.write_string(2, 0, RARE)
        roll.write_string(2, 1, "990101199001011234")
        roll.write_number(2, 2, 19900001234)
        roll.write_datetime(2, 3, dt.datetime(2026, 1, 2), day)
        roll.write_boolean(2, 4, True)
        roll.write_string(3, 0, "=1+1")
        roll.write_formula(3, 1, '=A3&"x"', None, "周白露")
        roll.write_formula(3, 2, "=1/0", None, "#DIV/0!")
        roll.write_formula(3, 3, "=A3&B3", None, "")
    return out.getvalue()


def rows_of(content: bytes, name: str = "a.xlsx") -> list[Sheet]:
    return read_workbook(content, name=name)


def kept(sheet: Sheet, width: int) -> list[list[object]]:
    return [(list(row) + [None] * width)[:width] for row in sheet.rows]


@pytest.mark.parametrize("date_1904", [False, True])
def test_the_senders_table_comes_back_as_it_was(date_1904):
    content = a_roll(date_1904=date_1904)
    roll, hidden = rows_of(
        annotated(content, name="名册.xlsx", notes={("名册", 4): "换个名字"}, heading=HEADING)
    )
    assert [(one.name, one.hidden) for one in (roll, hidden)] == [("名册", False), ("字典", True)]
    assert (roll.epoch == EPOCH_1904) == date_1904
    before, _hidden = rows_of(content)
    assert kept(roll, 5)[:3] == kept(before, 5)[:3]
    assert kept(hidden, 1) == [["男"]]


def test_of_a_formula_its_stored_value_is_kept_and_nothing_is_computed():
    out = annotated(a_roll(), name="a.xlsx", notes={("名册", 4): "换"}, heading=HEADING)
    cells = rows_of(out)[0].rows[3]
    assert list(cells)[:4] == ["=1+1", "周白露", CellError("#DIV/0!"), CellError("#N/A")]
    assert not any(isinstance(cell, Formula) for cell in cells)


def test_beside_no_note_a_formula_that_stored_nothing_is_its_text():
    out = annotated(a_roll(), name="a.xlsx", notes={("名册", 3): "换"}, heading=HEADING)
    assert rows_of(out)[0].rows[3][3] == "=A3&B3"


def with_formulas() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("名册")
        for row in range(2):
            page.write_formula(row, 0, '=HYPERLINK("http://a.invalid","x")', None, "周白露")
            page.write_formula(row, 1, "='cmd'!A1", None, 7)
            page.write_formula(row, 2, "=A1&B1", None, "")
            page.write_formula(row, 3, "=1+1", None, 2)
    return out.getvalue()


@pytest.mark.parametrize("anew", [False, True])
def test_a_formula_that_was_refused_is_not_a_value_when_it_comes_again(anew):
    content = with_formulas()
    if anew:
        content = with_metadata(content)
    out = annotated(content, name="a.xlsx", notes={("名册", 2): "换"}, heading=HEADING)
    first, second = (list(row)[:4] for row in rows_of(out)[0].rows)
    assert first == ["周白露", 7, "=A1&B1", 2]
    assert second == [CellError("#N/A")] * 3 + [2]


@pytest.mark.parametrize("written", ["&#72;YPERLINK(1)", "hyper&#x6C;ink(1)", "a&#124;b"])
def test_a_forbidden_formula_is_known_however_its_letters_are_written(written):
    sheet = "xl/worksheets/sheet1.xml"
    files = entries(with_formulas())
    files[sheet] = files[sheet].replace(b"<f>1+1</f>", f"<f>{written}</f>".encode())
    out = annotated(zipped(files), name="a.xlsx", notes={("名册", 2): "换"}, heading=HEADING)
    assert rows_of(out)[0].rows[1][3] == CellError("#N/A")


def with_metadata(content: bytes) -> bytes:
    """Of a shape that is written anew."""
    return zipped(entries(content) | {"xl/metadata.xml": b"<a/>"})


def test_reasons_stand_in_a_column_of_their_own_beside_their_rows():
    notes = {("名册", 3): "电话少一位。", ("字典", 9): "没有这一行"}
    roll, hidden = rows_of(annotated(a_roll(), name="a.xlsx", notes=notes, heading=HEADING))
    assert roll.rows[0][5] == HEADING
    assert [kept(roll, 6)[at][5] for at in (1, 2, 3)] == [None, "电话少一位。", None]
    assert hidden.rows[0][1] == HEADING


def test_a_second_round_replaces_the_reasons_of_the_first():
    once = annotated(a_roll(), name="a.xlsx", notes={("名册", 3): "甲"}, heading=HEADING)
    twice = annotated(once, name="a.xlsx", notes={("名册", 4): "乙"}, heading=HEADING)
    roll = rows_of(twice)[0]
    assert [row[5] for row in kept(roll, 7)] == [HEADING, None, None, "乙"]
    assert {row[6] for row in kept(roll, 7)} == {None}


def test_a_reason_for_the_first_row_stands_under_the_heading():
    roll = rows_of(annotated(a_roll(), name="a.xlsx", notes={("名册", 1): "甲"}, heading=HEADING))[
        0
    ]
    assert roll.rows[0][5] == f"{HEADING}\n甲"


def test_a_csv_comes_back_as_a_workbook_of_texts():
    content = "姓名,电话\r\n周白露,19900001234\r\n=1+1,\r\n".encode("gb18030")
    [sheet] = rows_of(
        annotated(content, name="名[册].csv", notes={("名[册]", 3): "换"}, heading="改")
    )
    assert sheet.name == "名 册"
    assert kept(sheet, 3) == [
        ["姓名", "电话", "改"],
        ["周白露", "19900001234", None],
        ["=1+1", None, "换"],
    ]


def test_a_file_that_cannot_be_read_is_refused():
    with pytest.raises(UnreadableFile):
        annotated(b"PK\x03\x04", name="a.xlsx", notes={}, heading=HEADING)
