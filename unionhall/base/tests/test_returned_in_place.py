"""What stays and what goes when the sender's own workbook is mended in place."""

from __future__ import annotations

import io
import re

import pytest
import xlsxwriter

from unionhall.base import returned_tables
from unionhall.base.returned_tables import annotated
from unionhall.base.spreadsheets import read_workbook
from unionhall.base.tests.hostile_files import a_workbook, entries, zipped
from unionhall.base.workbooks.noted_books import with_notes
from unionhall.base.workbooks.xml_pieces import NotPlainError, letters_of, number_of

HEADING = "要改什么"
SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.fixture
def in_place_only(monkeypatch):
    def never(*_given):
        raise AssertionError("written anew")

    monkeypatch.setattr(returned_tables, "_written_anew", never)


def a_senders_workbook() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page, words = book.add_worksheet("花名册"), book.add_worksheet("字典")
        words.write_column(0, 0, ["在职", "退休"])
        words.very_hidden()
        bold = book.add_format({"bold": True, "align": "center"})
        page.merge_range("A1:E1", "某某工会会员花名册", bold)
        page.write_row(1, 0, ["姓名", "电话", "入会", "状态", "校验"])
        page.write_string(2, 0, "=周白露")
        page.write_number(2, 1, 19900001234)
        page.write_number(2, 2, 45000.5, book.add_format({"num_format": "yyyy年m月d日"}))
        page.write_formula(2, 4, "=LEN(B3)", None, 11)
        page.write_string(3, 0, "何立夏")
        page.set_column("A:A", 33)
        page.set_column("E:XFD", None, None, {"hidden": True})
        page.set_row(3, 30, None, {"hidden": True})
        page.autofilter("A2:E4")
        page.freeze_panes(2, 1)
        page.data_validation("D3:D9", {"validate": "list", "source": "=字典!$A$1:$A$2"})
        page.conditional_format(
            "B3:B9", {"type": "formula", "criteria": "=LEN(B3)<>11", "format": bold}
        )
        page.write_url(4, 0, "http://a.invalid/", string="网页")
        page.write_comment("A3", "批注")
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=花名册!$B$3:$B$4"})
        page.insert_chart("G2", chart)
        page.set_header("&C某某工会")
        page.print_area("A1:E9")
        book.define_name("工会", "=字典!$A$1")
        book.define_name("算", "=WEBSERVICE(字典!$A$1)")
    return out.getvalue()


def marked(content: bytes | None = None, **notes: str) -> dict[str, bytes]:
    given = {("花名册", int(row[1:])): text for row, text in notes.items()} or {("花名册", 3): "换"}
    out = annotated(content or a_senders_workbook(), name="a.xlsx", notes=given, heading=HEADING)
    return entries(out)


@pytest.mark.usefixtures("in_place_only")
def test_what_shows_stays_as_the_sender_wrote_it():
    before, after = entries(a_senders_workbook()), marked()
    sheet = after[SHEET].decode()
    for kept in ("mergeCell ", "autoFilter", "pane ", "headerFooter", "dataValidation "):
        whole = re.search(f"<{kept}.*?>", before[SHEET].decode())[0]
        assert whole in sheet
    assert re.search('<col min="1"[^>]*>', before[SHEET].decode())[0] in sheet
    assert re.search('<row r="4".*?</row>', before[SHEET].decode())[0] in sheet  # hidden and high
    assert after["xl/sharedStrings.xml"] == before["xl/sharedStrings.xml"]
    assert after["xl/worksheets/sheet2.xml"].count(b"<c ") == 2
    assert b'state="veryHidden"' in after["xl/workbook.xml"]
    assert "工会".encode() in after["xl/workbook.xml"]
    assert b"_xlnm.Print_Area" in after["xl/workbook.xml"]


@pytest.mark.usefixtures("in_place_only")
def test_nothing_that_computes_connects_or_embeds_is_left():
    assert set(marked()) == {
        "[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels",
        SHEET, "xl/worksheets/sheet2.xml", "xl/styles.xml", "xl/sharedStrings.xml", "xl/theme/theme1.xml",
    }  # fmt: skip
    everything = b"".join(marked().values())
    for gone in (
        b"<f>",
        b"hyperlink",
        b"conditionalFormatting",
        b"WEBSERVICE",
        b'r:id="rId1"/><legacy',
    ):
        assert gone not in everything.replace(b"officeDocument/2006/relationships/hyperlink", b"")


@pytest.mark.usefixtures("in_place_only")
def test_the_notes_column_shows_beside_hidden_ones():
    columns = re.search(rb"<cols>.*?</cols>", marked()[SHEET])[0].decode()
    ranges = [tuple(map(int, one)) for one in re.findall('min="(\\d+)" max="(\\d+)"', columns)]
    assert ranges == [(1, 1), (5, 5), (6, 6), (7, 16384)]
    assert 'min="6" max="6" width="60" customWidth="1"' in columns


@pytest.mark.usefixtures("in_place_only")
def test_notes_are_text_whatever_stands_in_them():
    words = '<f>1</f> & "x" ]]> \x00\x08 _x0041_ 𠮷\n=1+1 ' + "长" * 40_000
    read = read_workbook(
        annotated(a_senders_workbook(), name="a", notes={("花名册", 3): words}, heading=HEADING),
        name="a",
    )
    told = read[0].rows[2][5]
    assert told.startswith('<f>1</f> & "x" ]]>  _x0041_ 𠮷\n=1+1 长')
    assert len(told) < 32_767


@pytest.mark.usefixtures("in_place_only")
def test_a_third_round_still_has_one_column():
    content = a_senders_workbook()
    for row in (3, 4, 3):
        content = annotated(
            content, name="a.xlsx", notes={("花名册", row): f"第{row}行"}, heading=HEADING
        )
    rows = read_workbook(content, name="a.xlsx")[0].rows
    assert [(list(row) + [None] * 9)[5] for row in rows] == [HEADING, None, "第3行", None, None]
    assert max(map(len, rows)) == 6


def saved_again(content: bytes) -> bytes:
    """As programs save: our texts among the shared ones."""
    files = entries(content)
    sheet, strings = files[SHEET], files["xl/sharedStrings.xml"]
    at = strings.count(b"<si>")
    found = re.search(
        rb' t="inlineStr"><is><t xml:space="preserve">(%b)</t></is>' % HEADING.encode(), sheet
    )
    files[SHEET] = sheet.replace(found[0], b' t="s"><v>%d</v>' % at, 1)
    files["xl/sharedStrings.xml"] = strings.replace(
        b"</sst>", b"<si><t>" + found[1] + b"</t></si></sst>"
    )
    return zipped(files)


@pytest.mark.usefixtures("in_place_only")
def test_a_column_of_an_earlier_round_is_known_after_it_was_saved():
    content = saved_again(
        annotated(a_senders_workbook(), name="a", notes={("花名册", 3): "换"}, heading=HEADING)
    )
    rows = read_workbook(
        annotated(content, name="a", notes={("花名册", 4): "补"}, heading=HEADING), name="a"
    )[0].rows
    assert [(list(row) + [None] * 9)[5] for row in rows][:4] == [HEADING, None, None, "补"]
    assert max(map(len, rows)) == 6


def a_sheet(inner: str, root: str = f"<worksheet {MAIN}>") -> bytes:
    name = root[1:].split(maxsplit=1)[0]
    return zipped(entries(a_workbook()) | {SHEET: f"{root}{inner}</{name}>".encode()})


SHAPES = {
    "cells that do not say where they are": (
        '<sheetData><row><c t="str"><v>甲</v></c></row><row><c/><c><v>2</v></c></row></sheetData>', {1: ["甲"], 2: [None, 2]}),
    "rows of their own": ('<sheetData><row r="2"/><row r="3"><c r="A3"><v>1</v></c></row><row r="9"/></sheetData>', {3: [1]}),
    "no rows": ("<sheetData/>", {}),
    "a blank cell where the note goes": (
        '<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c><c r="B2" s="0"/><c r="D2" s="0"/></row></sheetData>',
        {1: [1], 2: [2]}),
    "odd spaces": ("<sheetData ><row\tr = '1' spans='1:1'\n><c\nr='A1' t='str' ><v>></v></c ></row ></sheetData >".replace("</c >", "</c>").replace("</row >", "</row>"), {1: [">"]}),
    "a formula behind a tab": ('<sheetData><row r="1"><c r="A1"><f\t>1+1</f><v>2</v></c></row></sheetData>', {1: [2]}),
    "a shared formula without value": (
        '<sheetData><row r="1"><c r="A1"><f t="shared" si="0"/></c><c r="B1" t="str"><f>"a"&amp;"b"</f><v/></c></row></sheetData>', {1: [None, '="a"&"b"']}),
}  # fmt: skip


@pytest.mark.usefixtures("in_place_only")
@pytest.mark.parametrize("prefix", ["", "x:"])
@pytest.mark.parametrize("shape", SHAPES)
def test_sheets_of_other_programs_are_mended(shape, prefix):
    inner, expected = SHAPES[shape]
    root = f"<worksheet {MAIN}>"
    if prefix:
        inner, root = (
            re.sub(r"<(/?)(?=[a-z])", rf"<\1{prefix}", inner),
            f"<x:worksheet {MAIN.replace('=', ':x=', 1)}>",
        )
    out = annotated(a_sheet(inner, root), name="a", notes={("表", 2): "换"}, heading=HEADING)
    rows = [list(row) for row in read_workbook(out, name="a")[0].rows]
    at = next(at for at, cell in enumerate(rows[0]) if cell == HEADING)
    assert rows[1][at] == "换"
    for row, cells in expected.items():
        assert rows[row - 1][: len(cells)] == cells
        assert not any(rows[row - 1][len(cells) : at])


@pytest.mark.parametrize(
    "content",
    [
        a_sheet('<sheetData><!-- a --><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'),
        a_sheet('<sheetData><row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'),
        a_sheet('<sheetData><row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row></sheetData>'),
        a_sheet("<sheetData/><sheetData/>"),
        a_sheet("<cols/>"),
        zipped(entries(a_workbook()) | {"xl/metadata.xml": b"<a/>"}),
    ],
)  # fmt: skip
def test_a_workbook_of_an_unusual_shape_is_written_anew(content):
    with pytest.raises(NotPlainError):
        with_notes(content, {"表": {2: "换", 1: "改"}}, HEADING)
    out = annotated(content, name="a.xlsx", notes={("表", 1): "换"}, heading=HEADING)
    assert HEADING in str(read_workbook(out, name="a.xlsx")[0].rows[0])


def test_letters_and_numbers_of_columns():
    assert [letters_of(one) for one in (1, 26, 27, 702, 703, 16_384)] == [
        "A",
        "Z",
        "AA",
        "ZZ",
        "AAA",
        "XFD",
    ]
    assert all(number_of(letters_of(one)) == one for one in range(1, 16_385))
