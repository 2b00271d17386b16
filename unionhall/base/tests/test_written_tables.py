from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from xml.etree import ElementTree as ET

import pytest

from unionhall.base import written_tables
from unionhall.base.printed_sheets import PrintedPage
from unionhall.base.spreadsheets import read_workbook
from unionhall.base.written_tables import (
    LONGEST_TEXT,
    ROWS_OF_A_SHEET,
    Column,
    SheetToWrite,
    sheet_name,
    write_csv,
    write_xlsx,
)

RUN = [
    "=1+1", "+86 199 0000 0001", "-", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1", "\n=1",
    "＝1+1", "＋1", "－1", "＠SUM(1)", '=HYPERLINK("http://a.invalid","看")', "=cmd|' /C calc'!A0",
]  # fmt: skip
ODD = [
    "<r><t>x</t></r>", "<r>1 & 2</r>", "_x0041_", "a\x0bb\x1f", "  两边空  ", "a\r\nb", "'引号",
    "𠮷𬱖𪚥", "䶮漷", "葛\U000e0100", "👩‍🏭", "]]>", "&amp;", "\x7f\x85", "",
]  # fmt: skip


def sheets_of(content):
    return read_workbook(content, name="a.xlsx")


def written(*values, heading="列"):
    [sheet] = sheets_of(write_xlsx(SheetToWrite("表", [Column(heading)], [[v] for v in values])))
    return [row[0] if len(row) else None for row in sheet.rows]


def tree_of(body):
    return ET.fromstring(body)  # noqa: S314 — what we wrote ourselves


def parts(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("text", RUN)
def test_what_would_be_run_is_text_in_every_place(text):
    content = write_xlsx(SheetToWrite(text, [Column(text)], [[text]], PrintedPage(text)))
    files = parts(content)
    assert not any(b"<f>" in body or b"<hyperlink" in body for body in files.values())
    [sheet] = sheets_of(content)
    assert [row[0] for row in sheet.rows] == [text, text]
    heading, cell = csv.reader(io.StringIO(write_csv([text], [[text]]).decode("utf-8-sig"), ""))
    assert heading == cell == [f"'{text}"]


@pytest.mark.parametrize("text", [*RUN, "'=1", "''-", "'引号", "O'Neill", "it's -"])
def test_a_csv_of_ours_is_read_back_as_it_was(text):
    [sheet] = read_workbook(write_csv(["a", text], [["b", text]]), name="a.csv")
    assert [row[1] for row in sheet.rows] == [text, text]
    [sheet] = sheets_of(write_xlsx(SheetToWrite("表", [Column("a")], [[text]])))
    assert sheet.rows[1][0] == text, "a workbook knows text from formulas and needs no mark"


def test_a_phone_that_a_program_marked_as_text_is_read_as_a_phone():
    [sheet] = read_workbook("姓名,手机\n周白露,'+86 199 0000 0001\n-,'-\n".encode(), name="a.csv")
    assert [list(row) for row in sheet.rows[1:]] == [["周白露", "+86 199 0000 0001"], ["-", "-"]]


def test_a_cell_stays_text_when_somebody_edits_it():
    files = parts(write_xlsx(SheetToWrite("表", [Column("=头")], [["=1"]])))
    styles = tree_of(files["xl/styles.xml"])
    page = tree_of(files["xl/worksheets/sheet1.xml"])
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    codes = {one.get("numFmtId"): one.get("formatCode") for one in styles.iter(f"{main}numFmt")}
    kinds = [codes.get(one.get("numFmtId")) for one in styles.find(f"{main}cellXfs")]
    assert [kinds[int(cell.get("s"))] for cell in page.iter(f"{main}c")] == ["@", "@"]


@pytest.mark.parametrize("text", ODD)
def test_odd_text_comes_back_as_it_was(text):
    assert written(text)[1:] == [text or None]


@pytest.mark.parametrize("text", ["何\ud842立夏", "何\ufffe立夏", "何\uffff立夏"])
def test_what_is_no_character_is_replaced_and_breaks_nothing(text):
    assert re.fullmatch("何[?\ufffd]立夏", written(text)[1])
    content = write_xlsx(SheetToWrite(text, [Column(text)], [], PrintedPage(text)))
    for name, body in parts(content).items():
        if name.endswith((".xml", ".rels")):
            tree_of(body)
    assert write_csv([text], []).decode("utf-8-sig")


@pytest.mark.parametrize(("text", "fits"), [("字" * LONGEST_TEXT, True), ("𠮷" * 16_384, False)])
def test_a_cell_is_cut_where_a_workbook_ends_it_and_says_so(text, fits):
    cell = written(text)[1]
    assert len(cell.encode("utf-16-le")) // 2 <= LONGEST_TEXT
    assert cell == (text if fits else "𠮷" * 16_383 + "…")
    assert write_csv(["a"], [[text]]).decode("utf-8-sig").split() == ["a", text], "a csv is whole"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a/b:c*?[d]", "a b c   d"),
        ("'=1'", "=1"),
        ("History", "History1"),
        ("a\x07\ud800b", "a  b"),
        ("", "1"),
        ("长" * 40, "长" * 31),
    ],
)
def test_a_sheet_has_a_name_that_programs_take(name, plain):
    assert sheet_name(name) == plain
    assert sheets_of(write_xlsx(SheetToWrite(name, [Column("a")], [])))[0].name == plain


def test_more_rows_than_a_sheet_holds_go_on_in_another(monkeypatch):
    assert ROWS_OF_A_SHEET == 2**20
    monkeypatch.setattr(written_tables, "ROWS_OF_A_SHEET", 4)
    for count, expected in {0: [0], 3: [3], 4: [3, 1], 7: [3, 3, 1]}.items():
        rows = iter([[n] for n in range(count)])
        sheets = sheets_of(write_xlsx(SheetToWrite("长" * 31, [Column("数", "integer")], rows)))
        assert [len(one.rows) - 1 for one in sheets] == expected
        assert [row[0] for one in sheets for row in list(one.rows)[1:]] == list(range(count))
        assert all(one.rows[0][0] == "数" for one in sheets)
        names = [one.name for one in sheets]
        assert names == ["长" * 31, "长" * 27 + " (2)", "长" * 27 + " (3)"][: len(sheets)]


def test_a_day_before_the_first_of_a_workbook_is_text():
    columns, day = [Column("日", "date")], dt.date(1899, 12, 31)
    [sheet] = sheets_of(write_xlsx(SheetToWrite("表", columns, [[day], [dt.date(1900, 3, 1)]])))
    assert [row[0] for row in sheet.rows] == ["日", "1899-12-31", dt.date(1900, 3, 1)]


def test_head_and_foot_hold_no_code_of_their_own():
    """``&`` begins a code of head and foot: a picture, a field, another font."""
    content = write_xlsx(
        SheetToWrite("表", [Column("a")], [], PrintedPage("何&G&F\n\x07" + "𠮷" * 200))
    )
    page = tree_of(parts(content)["xl/worksheets/sheet1.xml"])
    [head] = [one.text for one in page.iter() if one.tag.endswith("oddHeader")]
    assert re.fullmatch("&L 何＆G＆F 𠮷+", head)
    assert 230 < len(head.encode("utf-16-le")) // 2 <= 255


def test_all_columns_of_a_list_to_sign_are_on_one_page_and_its_pages_end_where_we_say():
    """Programs without the standard font show columns half as wide again."""
    columns = [Column("名", width=width) for width in (6, 10, 26, 16, 6, 18, 10)]
    rows = [["买" + "*" * 12 + "逊"] * 7 for _row in range(84)]
    content = write_xlsx(SheetToWrite("表", columns, rows, PrintedPage("标记", rows=21)))
    page = tree_of(parts(content)["xl/worksheets/sheet1.xml"])
    told = {one.tag.split("}")[1]: one for one in page.iter()}
    assert int(told["pageSetup"].get("scale")) == 74
    assert [one.get("id") for one in told["rowBreaks"]] == ["22", "43", "64"]
    height = float(told["sheetFormatPr"].get("defaultRowHeight")) * 0.74
    assert height == pytest.approx(30, abs=0.5), "points on paper, to sign in"
    assert 22 * height < 29.7 / 2.54 * 72 - 2 * 0.75 * 72, "of A4 between the margins"
