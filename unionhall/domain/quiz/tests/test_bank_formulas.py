"""A formula in a bank is what it came to, or its row is refused in words, as in every other table."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter

from unionhall.base.spreadsheets import read_workbook
from unionhall.base.workbooks.plain_books import plain_book
from unionhall.domain.quiz.queries.bank_reports import annotated_bank, shown_rows, words_of
from unionhall.domain.quiz.tests.test_bank_imports import sent_in, stems, taken_in

OLD = Path(__file__).with_name("files") / "old_links.xls"
HEAD = ["题型", "题干", "选项A", "选项B", "答案", "难度", "分值", "解析"]
LINK = '=HYPERLINK("http://a.invalid","点这里")'


def a_table(*rows):
    """Each cell is a value, or a formula and what it came to."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as book:
        page = book.add_worksheet("题库")
        for at, row in enumerate([HEAD, *rows]):
            for column, cell in enumerate(row):
                if isinstance(cell, tuple):
                    page.write_formula(at, column, cell[0], None, cell[1])
                else:
                    page.write(at, column, cell)
    return out.getvalue()


def a_question(stem="阀门？", *, answer="A", explanation="见第 1 条", score=2):
    return ["单选题", stem, "开", "关", answer, "易", score, explanation]


def codes(sent):
    rows = sent.import_rows.exclude(verdict="not_data").order_by("place")
    return [row.reason_codes or row.normalisations for row in rows]


def mended(content, **cells):
    """The table that came back, with these cells typed anew."""
    (sheet,) = read_workbook(content, name="题.xlsx")
    rows = [list(row) for row in sheet.rows]
    for place, text in cells.items():
        rows[int(place[1:]) - 1]["ABCDEFGH".index(place[0])] = text
    return plain_book([(sheet.name, replace(sheet, rows=rows))], to_mend={})


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ((LINK, "点这里"), ["FORMULA_FORBIDDEN"]),
        (("='cmd'!A1", 7), ["FORMULA_FORBIDDEN"]),
        (("=1/0", "#DIV/0!"), ["CELL_ERROR"]),
        (("=A2&B2", ""), ["FORMULA_NO_VALUE"]),
        (('="见"&"条例"', "见条例"), ["formula_value"]),
        ("=见条例", []),
    ],
)
def test_a_formula_counts_as_what_it_came_to_or_is_told(district, cell, told):
    sent = sent_in(district, a_table(a_question(explanation=cell)), name="题.xlsx")
    assert codes(sent) == [told]
    (shown,) = shown_rows(sent.import_rows.filter(row=2))
    assert not {"FORMULA_FORBIDDEN", "FORMULA_NO_VALUE", "formula_value"} & {
        *map(str, shown.faults),
        *map(str, shown.notes),
    }


def test_a_forbidden_formula_hides_no_other_reason(district):
    sent = sent_in(district, a_table(a_question((LINK, "点这里"), answer="E")), name="题.xlsx")
    row = sent.import_rows.get(row=2)
    assert row.reason_codes == ["FORMULA_FORBIDDEN", "ANSWER_OUT_OF_RANGE"]
    assert row.about == "点这里"


@pytest.mark.parametrize(
    ("row", "about"),
    [
        (a_question(explanation=("=A2&B2", "")), "阀门？"),
        (a_question(("=1/0", "#DIV/0!")), "#DIV/0!"),
        (["论述题", "阀门？"], "阀门？"),
    ],
)
def test_which_row_it_is_is_told_though_it_came_to_no_question(district, row, about):
    sent = sent_in(district, a_table(row), name="题.xlsx")
    assert sent.import_rows.get(verdict="rejected").about == about


def test_who_mends_her_row_need_not_type_its_formula_again(district):
    row = a_question(('="阀"&"门？"', "阀门？"), answer="E", score=("=1+1", 2))
    sent = sent_in(district, a_table(row), name="题.xlsx")
    assert codes(sent) == [["ANSWER_OUT_OF_RANGE"]]
    again = taken_in(district, mended(annotated_bank(sent), E2="A"), name="题.xlsx")
    assert codes(again) == [[]]
    assert stems() == ["阀门？"]


@pytest.mark.parametrize("formula", [(LINK, "点这里"), ("=A2&B2", "")])
def test_a_row_that_was_refused_for_its_formula_is_refused_until_it_is_typed(district, formula):
    row = a_question(explanation=formula, answer="E")
    back = annotated_bank(sent_in(district, a_table(row), name="题.xlsx"))
    assert codes(sent_in(district, mended(back, E2="A"), name="题.xlsx")) == [["CELL_ERROR"]]
    again = mended(back, E2="A", H2="见条例")
    assert codes(sent_in(district, again, name="题.xlsx")) == [[]]


def test_of_an_old_workbook_the_text_of_a_link_is_taken_and_that_is_said(district):
    """What such a file computes is not told, so a link is its text; nothing of its address is kept."""
    sent = taken_in(district, OLD.read_bytes(), name=OLD.name)
    assert codes(sent) == [
        ["formula_value"], ["ANSWER_OUT_OF_RANGE"], ["formula_value"], ["FORMULA_NO_VALUE"],
    ]  # fmt: skip
    (shown,) = shown_rows(sent.import_rows.filter(row=2))
    assert list(map(str, shown.notes)) == ["公式取了结果"]
    again = taken_in(district, mended(annotated_bank(sent), E3="A"), name="题.xlsx")
    assert codes(again)[1] == []
    assert stems()[-1] == "点这里"
    assert "没有存结果" in words_of(["FORMULA_NO_VALUE"])
