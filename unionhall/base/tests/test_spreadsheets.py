from __future__ import annotations

import datetime as dt
import io
import zipfile
import zlib

import pytest
import xlsxwriter

from unionhall.base import spreadsheets
from unionhall.base.spreadsheets import (
    Column,
    SheetToWrite,
    UnreadableFile,
    read_workbook,
    write_csv,
    write_xlsx,
)
from unionhall.base.tables import EPOCH_1904, CellError, Formula

RARE = "𠮷𬱖𪚥𫘧𬭎𫍽㛃䶮漷"
INJECTIONS = [
    "=1+1",
    "+86-199",
    "-2+3",
    "@SUM(1)",
    "=cmd|' /C calc'!A0",
    "\t=1",
    "http://a.invalid",
]


def a_workbook(*rows: tuple[object, ...]) -> bytes:
    columns = [Column(f"列{at}") for at in range(len(rows[0]))]
    return write_xlsx(SheetToWrite("表", columns, rows))  # type: ignore[arg-type]


def entries(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def reason_of(content: bytes, name: str = "表.xlsx") -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_workbook(content, name=name)
    assert caught.value.what
    assert caught.value.why
    assert caught.value.next
    return caught.value.reason


def test_values_come_back_with_their_kinds():
    day, moment = dt.date(2026, 11, 20), dt.datetime(2026, 11, 20, 8, 30)
    columns = [
        Column("姓名"), Column("人数", "integer"), Column("比例", "number"),
        Column("日期", "date"), Column("时间", "datetime"), Column("空"),
    ]  # fmt: skip
    [sheet] = read_workbook(
        write_xlsx(SheetToWrite("表", columns, [("周白露", 80, 0.5, day, moment, None)])),
        name="a.xlsx",
    )
    assert list(sheet.rows[1])[:5] == ["周白露", 80, 0.5, day, moment]
    assert list(sheet.rows)[0] == ["姓名", "人数", "比例", "日期", "时间", "空"]


def test_rare_characters_and_long_digits_come_back_whole():
    [sheet] = read_workbook(a_workbook((RARE, "990101199001011234")), name="a.xlsx")
    assert list(sheet.rows[1]) == [RARE, "990101199001011234"]


def test_text_is_never_written_as_a_formula_or_a_link():
    content = a_workbook(*[(text,) for text in INJECTIONS])
    files = entries(content)
    assert b"<f>" not in files["xl/worksheets/sheet1.xml"]
    assert b"hyperlink" not in files["xl/worksheets/sheet1.xml"]
    [sheet] = read_workbook(content, name="a.xlsx")
    assert [row[0] for row in list(sheet.rows)[1:]] == INJECTIONS


def test_half_a_surrogate_pair_does_not_break_the_export():
    [sheet] = read_workbook(a_workbook(("何\ud842立夏",)), name="a.xlsx")
    assert sheet.rows[1][0] == "何?立夏"


def test_csv_cells_that_a_program_would_run_are_neutralised():
    text = write_csv(["a"], [[one] for one in INJECTIONS]).decode("utf-8-sig")
    assert all(line.lstrip('"')[0] not in "=+-@\t" for line in text.splitlines()[1:])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_in_each_encoding_without_loss(encoding):
    [sheet] = read_workbook(f"姓名,电话\r\n{RARE},\r\n".encode(encoding), name="名册.csv")
    assert [list(row) for row in sheet.rows] == [["姓名", "电话"], [RARE, None]]


def test_formulas_and_errors_are_told_from_values():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        page.write_formula("A1", '=HYPERLINK("http://a.invalid")', None, "点我")
        page.write_formula("B1", "=1/0", None, "#DIV/0!")
        page.write_formula("C1", "=LEN(A1)", None, "")
        page.write("D1", "文字")
    [sheet] = read_workbook(out.getvalue(), name="a.xlsx")
    row = sheet.rows[0]
    assert row[0] == Formula('HYPERLINK("http://a.invalid")', "点我")
    assert row[1] == Formula("1/0", CellError("#DIV/0!"))
    assert row[2] == Formula("LEN(A1)", None)
    assert row[3] == "文字"


def test_a_workbook_of_1904_says_so():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"date_1904": True}) as book:
        page = book.add_worksheet()
        page.write_number("A1", 1)
        page.write_datetime(
            "B1", dt.datetime(2026, 11, 20), book.add_format({"num_format": "yyyy-mm-dd"})
        )
    [sheet] = read_workbook(out.getvalue(), name="a.xlsx")
    assert sheet.epoch == EPOCH_1904
    assert sheet.rows[0][1] == dt.date(2026, 11, 20)


def test_hidden_sheets_are_marked():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("名册").write("A1", "姓名")
        book.add_worksheet("字典").hide()
    assert [sheet.hidden for sheet in read_workbook(out.getvalue(), name="a.xlsx")] == [False, True]


def test_row_numbers_are_those_of_the_spreadsheet_program():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write("C5", "第五行")
    [sheet] = read_workbook(out.getvalue(), name="a.xlsx")
    assert sheet.rows[4][2] == "第五行"


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"PK\x03\x04 not a zip at all", "a.xlsx", "damaged"),
        (zipped({"xl/workbook.xml": b"<a"}), "a.xlsx", "damaged"),
        (b"\xff\xff\x81\x00abc", "a.csv", "encoding"),
        (b"a,b\n\x00", "a.csv", "encoding"),
    ],
)
def test_what_is_no_sheet_is_refused_with_its_reason(content, name, reason):
    assert reason_of(content, name) == reason


def test_flipped_bytes_never_break_the_reader():
    content = a_workbook(*[(RARE, str(n)) for n in range(50)])
    for at in range(30, len(content), len(content) // 40):
        broken = bytearray(content)
        broken[at] ^= 0xFF
        try:
            read_workbook(bytes(broken), name="a.xlsx")
        except UnreadableFile as refusal:
            assert refusal.why


def test_a_lonely_cell_at_the_far_end_does_not_take_the_memory():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        page.write("A1", "姓名")
        page.write("XFD1048576", "x")
    assert reason_of(out.getvalue()) == "too_large"


def test_a_file_over_the_limit_is_refused_before_it_is_opened():
    content = b"PK" + zlib.compress(b"x") + bytes(spreadsheets.MAX_BYTES)
    assert reason_of(content) == "too_many_bytes"


def test_a_reader_that_hangs_is_ended(monkeypatch, tmp_path):
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(spreadsheets, "CHILD", sleeper)
    monkeypatch.setattr(spreadsheets, "WALL_SECONDS", 0.5)
    assert reason_of(a_workbook(("a",))) == "too_long"


@pytest.mark.parametrize("text", ["a" + "," * 256 + "\n", "a\n" * 200_001])
def test_a_csv_has_the_limits_of_a_workbook(text):
    with pytest.raises(UnreadableFile) as refusal:
        read_workbook(text.encode(), name="a.csv")
    assert refusal.value.reason == "too_large"


def test_a_sheet_has_no_longer_name_than_a_spreadsheet_program_gives_it():
    [sheet] = read_workbook("姓名\n".encode(), name="名" * 90 + ".csv")
    assert sheet.name == "名" * 31
