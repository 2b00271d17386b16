from __future__ import annotations

import datetime as dt
import io
import random
import subprocess
import sys
import time

import pytest
import xlsxwriter

from unionhall.base import spreadsheets
from unionhall.base.returned_tables import annotated
from unionhall.base.spreadsheets import UnreadableFile, read_workbook
from unionhall.base.tables import EPOCH_1900, EPOCH_1904, CellError, Formula
from unionhall.base.tests.hostile_files import (
    FILES,
    HOSTILE,
    a_workbook,
    entries,
    with_sheet,
    zipped,
)


@pytest.mark.parametrize(
    ("name", "made", "reason"), [one[1:] for one in HOSTILE], ids=[one[0] for one in HOSTILE]
)
def test_it_is_refused_in_words_with_its_reason(name, made, reason):
    began = time.monotonic()
    with pytest.raises(UnreadableFile) as refusal:
        read_workbook(made(), name=name)
    assert refusal.value.reason == reason
    assert refusal.value.what
    assert refusal.value.why
    assert refusal.value.next
    assert "{" not in refusal.value.why
    assert time.monotonic() - began < spreadsheets.WALL_SECONDS


@pytest.mark.parametrize("name", ["old_1900.xls", "old_1904.xls"])
def test_an_old_workbook_is_read_like_a_new_one(name):
    roll, words = read_workbook((FILES / name).read_bytes(), name=name)
    assert roll.epoch == (EPOCH_1904 if "1904" in name else EPOCH_1900)
    assert (roll.name, roll.hidden, words.name, words.hidden) == ("名册", False, "字典", True)
    first, second = roll.rows[2], roll.rows[3]
    assert list(first)[:4] == [
        "𠮷白露㛃", "990101199001011234", 19900001234, dt.date(2026, 1, 2),
    ]  # fmt: skip
    assert isinstance(first[4], Formula)
    assert (second[1], second[5]) == (CellError("#N/A"), CellError("#REF!"))


def test_a_short_old_workbook_keeps_its_formulas():
    """Of the text of a formula nothing is told; what was stored is."""
    roll, words = read_workbook((FILES / "short.xls").read_bytes(), name="a.xls")
    told = [row[0] for row in roll.rows]
    assert told[:6] == [
        Formula("", 2), Formula("", 0), Formula("", CellError("#DIV/0!")), Formula("", "x"),
        Formula("", True), Formula("", None),
    ]  # fmt: skip
    assert told[6:8] == [dt.datetime(2023, 3, 15, 6), "12:00:00"]
    assert told[9] == Formula("", dt.date(2026, 1, 2))
    assert (words.name, words.hidden) == ("隐", True)


def test_an_old_workbook_is_known_by_what_it_is_not_by_its_name():
    assert (
        read_workbook((FILES / "old_1900.xls").read_bytes(), name="a.xlsx")[0].rows[1][0] == "姓名"
    )
    assert read_workbook(a_workbook(), name="a.xls")[0].rows[0][0] == "姓名"


@pytest.mark.parametrize("name", ["old_1900.xls", "locked.xlsx"])
def test_flipped_bytes_of_an_old_workbook_never_break_the_reader(name):
    content = (FILES / name).read_bytes()
    for at in range(0, len(content), len(content) // 24):
        broken = bytearray(content)
        broken[at : at + 4] = b"\xff\xfe\xff\x00"
        try:
            read_workbook(bytes(broken), name=name)
        except UnreadableFile as refusal:
            assert refusal.why


def test_a_chain_of_sectors_that_bites_its_tail_ends():
    content = bytearray((FILES / "old_1900.xls").read_bytes())
    fat = (int.from_bytes(content[76:80], "little") + 1) * 512
    for at in range(8):
        content[fat + at * 4 : fat + at * 4 + 4] = (at or 1).to_bytes(4, "little")
    try:
        read_workbook(bytes(content), name="a.xls")
    except UnreadableFile as refusal:
        assert refusal.reason in {"damaged", "too_large", "too_long"}


@pytest.mark.parametrize("number", ["NaN", "inf", "1e999"])
def test_numbers_that_are_none_are_errors(number):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet().write_number(0, 0, 12345)
    files = entries(out.getvalue())
    sheet = files["xl/worksheets/sheet1.xml"].replace(b"12345", number.encode())
    [read] = read_workbook(zipped(files | {"xl/worksheets/sheet1.xml": sheet}), name="a.xlsx")
    assert read.rows[0][0] == CellError("#NUM!")


def test_cells_that_do_not_say_where_they_are_come_one_after_another():
    files = entries(a_workbook())
    sheet = files["xl/worksheets/sheet1.xml"].decode()
    start, end = sheet.index("<row"), sheet.index("</sheetData>")
    rows = '<row><c><v>1</v></c><c><f>1/0</f><v>2</v></c></row><row><c t="e"><v>#N/A</v></c></row>'
    sheet = sheet[:start] + rows + sheet[end:]
    [read] = read_workbook(
        zipped(files | {"xl/worksheets/sheet1.xml": sheet.encode()}), name="a.xlsx"
    )
    assert [list(row)[: 2 - at] for at, row in enumerate(read.rows)] == [
        [1, Formula("1/0", 2)], [CellError("#N/A")],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "formula",
    ["<f>1+1</f>", "<f\t>1+1</f>", "<f\n>1+1</f>", "<f\r>1+1</f >", "<f t='shared' si='0'>1+1</f>", "<x:f>1+1</x:f>",
     "<x:f\t>1+1</x:f>", "<f><!-- a -->1+1</f>", "<f>1&#43;1</f>"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["A1", "a1"])
def test_no_way_of_writing_hides_a_formula(formula, place):
    cell = f'<sheetData><row r="1"><c r="{place}">{formula}<v>2</v></c></row></sheetData>'
    [read] = read_workbook(with_sheet(cell), name="a.xlsx")
    assert list(read.rows[0]) == [Formula("1+1", 2)]


@pytest.mark.parametrize("kind", ['t="e"', "t='e'", 't = "e"', 't\n=\t"e"'])
def test_no_way_of_writing_hides_an_error(kind):
    cell = f'<sheetData><row r="1"><c r="A1" {kind}><v>#N/A</v></c></row></sheetData>'
    [read] = read_workbook(with_sheet(cell), name="a.xlsx")
    assert list(read.rows[0]) == [CellError("#N/A")]


def test_a_formula_is_seen_in_an_entry_whose_case_is_not_that_of_its_relation():
    files = entries(
        with_sheet('<sheetData><row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row></sheetData>')
    )
    files["xl/WORKSHEETS/Sheet1.xml"] = files.pop("xl/worksheets/sheet1.xml")
    [read] = read_workbook(zipped(files), name="a.xlsx")
    assert read.rows[0][0] == Formula("1+1", 2)


def test_formulas_are_seen_whatever_the_prefix_of_their_names():
    files = entries(a_workbook())
    sheet = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<x:sheetData><x:row r="1"><x:c r="A1"><x:f>A2</x:f><x:v>7</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    [read] = read_workbook(
        zipped(files | {"xl/worksheets/sheet1.xml": sheet.encode()}), name="a.xlsx"
    )
    assert read.rows[0][0] == Formula("A2", 7)


@pytest.mark.parametrize(
    "name",
    ["../../etc/名册.csv", "..\\..\\名册.csv", "C:\\名册.csv", "CON.csv", "名\u202egnp.csv", "名\n册.csv",
     "名" * 4096 + ".csv", "'[名册]:*?.csv", ".csv", "名册.CSV"],
)  # fmt: skip
def test_a_files_name_is_only_ever_a_name(name):
    [sheet] = read_workbook("姓名\n周白露\n".encode(), name=name)
    assert sheet.rows[1][0] == "周白露"
    out = annotated("姓名\n周白露\n".encode(), name=name, notes={}, heading="改")
    assert read_workbook(out, name="a.xlsx")[0].rows[1][0] == "周白露"


@pytest.mark.parametrize("width", [1, 200, 256])
def test_a_table_may_have_one_column_or_two_hundred(width):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for at in range(width):
            page.write_string(0, at, f"列{at}")
            page.write_string(1, at, "周白露")
    [sheet] = read_workbook(out.getvalue(), name="a.xlsx")
    assert [len(row) for row in sheet.rows] == [width, width]


def test_a_hundred_thousand_rows_fit_into_half_a_gigabyte():
    text = '<c t="str"><v>{}某某工会委员会</v></c>' * 13
    numbers = random.Random(20261120)  # so that it does not look like a bomb
    rows = [
        f"<row>{text.format(*(numbers.getrandbits(60) for _ in range(13)))}</row>"
        for _ in range(100_000)
    ]
    files = entries(a_workbook())
    sheet = files["xl/worksheets/sheet1.xml"].decode()
    start, end = sheet.index("<row"), sheet.index("</sheetData>")
    files["xl/worksheets/sheet1.xml"] = (sheet[:start] + "".join(rows) + sheet[end:]).encode()
    measure = (
        "import resource, subprocess, sys;"
        "told = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, check=True).stdout;"
        "print(told.count(b'\\n'), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    told = subprocess.run(
        [sys.executable, "-c", measure, sys.executable, "-I", str(spreadsheets.CHILD)],
        input=zipped(files),
        capture_output=True,
        check=True,
    ).stdout
    lines, kilobytes = map(int, told.split())
    assert lines == 100_000
    assert kilobytes < 512 << 10
