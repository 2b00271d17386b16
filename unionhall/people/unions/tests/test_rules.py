from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.shared_files import expected_rows, shared_file
from unionhall.base.spreadsheets import read_workbook
from unionhall.base.tables import CellError, NoHeaderError, Sheet
from unionhall.people.unions.rules import SECTIONS, read_union_list, section_of
from unionhall.people.unions.wording import NORMALISATIONS, REASONS

HEADINGS = (
    "工会名称",
    "上级工会",
    "组织级别",
    "职工人数",
    "会员人数",
    "行业门类",
    "行业大类",
    "建会日期",
    "统一社会信用代码",
)


def a_list(*rows: tuple[object, ...]) -> list[Sheet]:
    return [Sheet("台账", [HEADINGS, *[(*row, *[None] * (9 - len(row))) for row in rows]])]  # type: ignore[arg-type,list-item]


def codes(*rows: tuple[object, ...], known: tuple[str, ...] = ()) -> list[str]:
    verdicts = read_union_list(a_list(*rows), known=known)[1:]
    return [";".join(verdict.reason_codes) or verdict.verdict for verdict in verdicts]


@pytest.fixture(scope="module")
def verdicts():
    return read_union_list(
        read_workbook(shared_file("unions.xlsx").read_bytes(), name="unions.xlsx")
    )


def as_expected(verdict):
    line = verdict.values
    row = {
        "verdict": verdict.verdict.value,
        "reason_codes": ";".join(verdict.reason_codes),
        "normalisations": ";".join(verdict.normalisations),
    }
    if not verdict.accepted:
        return row
    facts = {
        "level": line.level, "name": line.name, "parent": line.parent, "uscc": line.uscc,
        "nature": line.ownership, "holding": line.holding, "section": line.section,
        "division": line.division, "workers": line.workers, "members": line.members,
        "founded": line.founded_on, "term_end": line.term_ends_on, "chair": line.chair,
        "pilot": "是" if line.pilot else "否",
    }  # fmt: skip
    return row | {key: "" if fact is None else str(fact) for key, fact in facts.items()}


def test_every_row_of_the_union_list_gets_its_expected_verdict(verdicts):
    expected = expected_rows("unions.expected.csv", "excel_row")
    got = {verdict.row: as_expected(verdict) for verdict in verdicts}
    assert got.keys() == expected.keys()
    wrong = {
        row: (one, expected[row])
        for row, one in got.items()
        if not one.items() <= expected[row].items()
    }
    assert not wrong


def test_the_sums_of_the_union_list_are_the_expected_ones(verdicts):
    expected = json.loads(shared_file("unions.expected.json").read_text())
    accepted = [verdict.values for verdict in verdicts if verdict.accepted]
    assert Counter(verdict.verdict.value for verdict in verdicts) == expected["rows"]
    assert Counter(str(line.level) for line in accepted) == expected["by_level"]
    third = [line for line in accepted if line.level == 3]
    assert sum(line.workers for line in third) == expected["workers"]
    assert sum(line.members for line in third) == expected["members"]
    assert sum(line.women for line in third) == expected["women"]
    assert sum(line.migrants for line in third) == expected["migrant_workers"]


def test_every_code_that_appears_has_words(verdicts):
    for verdict in verdicts:
        assert verdict.verdict == "not_data" or set(verdict.reason_codes) <= REASONS.keys()
        assert set(verdict.normalisations) <= NORMALISATIONS.keys()


def test_children_may_stand_before_their_parents():
    rows = [
        ("甲工会", "丙街道总工会", "基层工会"),
        ("丙街道总工会", "丁区总工会", "街道级"),
        ("丁区总工会", "", "区级"),
    ]
    assert codes(*rows) == ["accepted"] * 3


def test_a_circle_of_parents_hangs_nowhere():
    assert codes(("甲", "乙", "基层工会"), ("乙", "甲", "基层工会")) == ["PARENT_NOT_FOUND"] * 2


def test_what_hangs_under_a_refused_row_is_refused():
    rows = [
        ("丁区总工会", "", "区级"),
        ("甲", "丁区总工会", "基层工会", 10, 11),
        ("乙", "甲", "分会"),
    ]
    assert codes(*rows) == ["accepted", "MEMBERS_GT_WORKERS", "PARENT_NOT_FOUND"]


def test_a_list_may_hang_under_unions_that_are_there_already():
    assert codes(("甲", "丁区总工会", "基层工会"), known=("丁区总工会",)) == ["accepted"]
    assert codes(("甲", "", "基层工会"), known=("丁区总工会",)) == ["PARENT_NOT_FOUND"]


def test_the_twin_of_a_refused_row_is_accepted():
    rows = [
        ("丁区总工会", "", "区级"),
        ("甲", "丁区总工会", "基层工会", 10, 11),
        ("甲", "丁区总工会", "基层工会", 11, 10),
    ]
    assert codes(*rows) == ["accepted", "MEMBERS_GT_WORKERS", "accepted"]


def test_branches_of_different_unions_may_share_a_name():
    top = ("丁区总工会", "", "区级")
    rows = [
        top,
        ("甲", top[0], "基层工会"),
        ("乙", top[0], "基层工会"),
        ("一分会", "甲", "分会"),
        ("一分会", "乙", "分会"),
    ]
    assert codes(*rows) == ["accepted"] * 5
    assert codes(*rows, ("一分会", "乙", "分会"))[-1] == "DUP_UNION"


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (("", "丁", "基层工会"), "UNION_NAME_EMPTY"),
        (("甲", "丁", "省级大会"), "LEVEL_UNKNOWN"),
        (("甲", "丁", "基层工会", "十人"), "COUNT_INVALID"),
        (("甲", "丁", "基层工会", -3.0), "COUNT_INVALID"),
        (("甲", "丁", "基层工会", CellError("#REF!")), "CELL_ERROR"),
        (("甲", "丁", "基层工会", None, None, "G 信息", "65 软件"), "INDUSTRY_SECTION_MISMATCH"),
        (("甲", "丁", "基层工会", None, None, "C 制造", "98"), "INDUSTRY_SECTION_MISMATCH"),
        (("甲", "丁", "基层工会", None, None, None, None, "1999年13月"), "DATE_INVALID"),
        (("甲", "丁", "基层工会", None, None, None, None, None, "81990100"), "USCC_LENGTH"),
    ],
)
def test_a_faulty_row_gets_one_code(cells, code):
    assert codes(cells, known=("丁",)) == [code]


def test_half_width_brackets_become_the_one_form():
    [_, verdict] = read_union_list(a_list(("云 桥(试点)工会", "丁", "基层工会")), known=("丁",))
    assert verdict.values.name == "云桥（试点）工会"
    assert verdict.normalisations == ("union_format",)


def test_a_sheet_without_the_columns_is_no_list():
    with pytest.raises(NoHeaderError) as caught:
        read_union_list([Sheet("表", [("姓名", "电话")])])
    assert caught.value.missing == ("工会名称", "上级工会", "组织级别")


@pytest.mark.parametrize(
    ("division", "section"),
    [
        ("01", "A"),
        ("12", "B"),
        ("13", "C"),
        ("54", "G"),
        ("61", "H"),
        ("65", "I"),
        ("79", "N"),
        ("97", "T"),
        ("98", ""),
        ("00", ""),
        ("x", ""),
    ],
)
def test_divisions_belong_to_the_sections_of_2017(division, section):
    assert section_of(division) == section


def test_there_are_twenty_sections():
    assert {section_of(f"{n:02}") for n in range(1, 98)} == SECTIONS.keys()


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (("甲" * 121, "丁", "基层工会"), "UNION_NAME_LONG"),
        (("甲", "丁", "基层工会", "9" * 12), "COUNT_INVALID"),
        (("甲", "丁", "基层工会", 1e300), "COUNT_INVALID"),
        (("甲", "丁", "基层工会", float("inf")), "COUNT_INVALID"),
    ],
)
def test_what_no_column_could_hold_is_refused(cells, code):
    assert codes(cells, known=("丁",)) == [code]


def test_a_line_of_words_between_the_rows_hangs_nowhere():
    assert codes(("甲", "丁", "基层工会"), ("合计",), known=("丁",)) == ["accepted", "SUBTOTAL"]
