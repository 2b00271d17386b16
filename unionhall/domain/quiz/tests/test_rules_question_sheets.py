"""Every question of the sample banks is read as its expected file says."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionhall.base.spreadsheets import read_workbook
from unionhall.base.tables import NoHeaderError, Sheet
from unionhall.domain.quiz.rules.question_sheets import QuestionVerdict, read_one, read_questions
from unionhall.domain.quiz.rules.questions import stem_hash
from unionhall.domain.quiz.rules.written_answers import blanks_in_one_cell, written_answer

DATA = Path(__file__).resolve().parents[4] / "demo" / "data"
DIFFICULTY = {"易": "easy", "中": "medium", "难": "hard"}
BANKS = {"safety": 60, "mind": 60, "union_law": 64}
HEAD = ["题型", "题干", "选项A", "选项B", "答案", "难度", "分值"]


def expected(name: str) -> list[dict]:
    return [
        json.loads(line)
        for line in (DATA / f"questions_{name}.expected.jsonl").read_text("utf-8").splitlines()
    ]


@cache
def verdicts(name: str) -> dict[str, QuestionVerdict]:
    file = DATA / f"questions_{name}.xlsx"
    read = read_questions(read_workbook(file.read_bytes(), name=file.name))
    return {f"{verdict.sheet}!{verdict.row}": verdict for verdict in read}


def every_question():
    return [pytest.param(name, line, id=line["id"]) for name in BANKS for line in expected(name)]


@pytest.mark.parametrize(("bank", "line"), every_question())
def test_question_is_read_as_expected(bank, line):
    read = verdicts(bank)[line["source"]].values
    right = line["answer"] if isinstance(line["answer"], list) else [line["answer"]]
    assert read is not None
    assert (read.kind, read.stem, list(read.options), read.answer) == (
        line["type"], line["stem"], line["options"], right,
    )  # fmt: skip
    assert (read.difficulty, float(read.score), read.explanation, list(read.tags)) == (
        DIFFICULTY[line["difficulty"]], line["score"], line["explanation"], [line["tag"]],
    )  # fmt: skip


@pytest.mark.parametrize(("bank", "count"), BANKS.items())
def test_titles_headers_and_notes_are_no_questions(bank, count):
    accepted = [one for one in verdicts(bank).values() if one.accepted]
    rest = {str(one.verdict) for one in verdicts(bank).values() if not one.accepted}
    assert (len(accepted), rest) == (count, {"not_data"})


def every_dirty_row():
    with (DATA / "questions_dirty.expected.csv").open(encoding="utf-8-sig") as lines:
        return [pytest.param(row, id=row["excel_row"]) for row in csv.DictReader(lines)]


@pytest.mark.parametrize("row", every_dirty_row())
def test_dirty_row_gets_its_verdict(row):
    read = verdicts("dirty")[f"待导入!{row['excel_row']}"]
    assert (str(read.verdict), ";".join(read.reason_codes), ";".join(read.normalisations)) == (
        row["verdict"], row["reason_codes"], row["normalisations"],
    )  # fmt: skip


@pytest.mark.parametrize(
    "stem",
    [
        "<script>x</script>",
        "<IMG SRC=a onerror=b>",
        "看<b>这里</b>",
        "<svg/onload=x>",
        "javascript:x",
        "<!-- -->",
    ],
)
def test_markup_is_refused(stem):
    assert one_of(stem).reason_codes == ("HTML_FORBIDDEN",)


@pytest.mark.parametrize("stem", ["若 x<5 且 y>3", "a<b and c>d", "R&amp;D", "<3 是爱心"])
def test_what_merely_looks_like_markup_is_text(stem):
    assert one_of(stem).accepted


def test_a_stem_the_bank_has_is_a_duplicate():
    sheet = Sheet("题", [HEAD, ["单选题", "问？", "甲", "乙", "A", "易", 1.0]])
    for right, code in (("甲", "DUP_STEM"), ("乙", "DUP_STEM_CONFLICT")):
        known = {stem_hash("问"): frozenset({right})}
        assert read_questions([sheet], known=known)[1].reason_codes == (code,)


def test_a_cell_with_an_error_is_told():
    from unionhall.base.tables import CellError

    sheet = Sheet("题", [HEAD, ["单选题", CellError("#REF!"), "甲", "乙", "A", "易", 1.0]])
    assert read_questions([sheet])[1].reason_codes == ("CELL_ERROR",)


def test_a_workbook_without_questions_is_told_by_its_missing_column():
    with pytest.raises(NoHeaderError) as error:
        read_questions([Sheet("名册", [["姓名", "电话"], ["何立夏", "1"]])])
    assert error.value.missing == ("题干",)


@pytest.mark.parametrize(
    ("kind", "answer", "codes"),
    [
        ("单选题", "甲", ("ANSWER_NOT_LETTER",)),
        ("单选题", 1.0, ("ANSWER_NOT_LETTER",)),
        ("判断题", "也许", ("JUDGE_ANSWER_INVALID",)),
        ("判断题", "", ("ANSWER_EMPTY",)),
        ("填空题", "", ("ANSWER_EMPTY", "BLANK_MISMATCH")),
        ("判断题", True, ()),
    ],
)
def test_an_answer_is_read_by_its_kind(kind, answer, codes):
    rows = [HEAD, [kind, "火警拨 ____。", "甲", "乙", answer, "易", 1.0]]
    assert read_questions([Sheet("题", rows)])[1].reason_codes == codes


def test_a_question_typed_into_a_form_is_read_like_a_row():
    typed = {"stem": "火警拨几？", "answer": "B", "difficulty": "易", "score": "2"}
    read = read_one(kind="单选题", options=["110", "119"], **typed)
    assert read.accepted
    assert (read.values.options, read.values.answer) == (("110", "119"), ["B"])


def one_of(stem):
    rows = [HEAD, ["单选题", stem, "甲", "乙", "A", "易", 1.0]]
    return read_questions([Sheet("题", rows)])[1]


def one_row(headings, cells, sheet="题"):
    return read_questions([Sheet(sheet, [headings, cells])])[1]


@pytest.mark.parametrize(
    ("headings", "cells", "category", "tags"),
    [
        (["类别", "知识点"], ["安全", "用气；用电"], "安全", ("用气", "用电")),
        (["类别"], ["安全"], "", ("安全",)),
        (["目录", "标签"], ["$course$/top/安全/用气", "甲、乙,甲"], "安全/用气", ("甲", "乙")),
        (["目录"], ["安全 / 用气/"], "安全/用气", ()),
    ],
)
def test_categories_and_tags_are_told_apart(headings, cells, category, tags):
    head, row = ["题型", "题干", "答案", "难度", "分值"], ["判断题", "一？", "对", "易", 1.0]
    read = one_row([*headings, *head], [*cells, *row]).values
    assert (read.category, read.tags) == (category, tags)


def test_columns_stand_in_any_order_on_several_sheets():
    one = Sheet("判断题", [["分值", "标准答案", "试题内容"], [2.0, "T", "一？"]])
    two = Sheet("单选题", [["答案", "B", "A", "题目"], ["b", "乙", "甲", "二？"]])
    notes = Sheet("说明", [["怎样填"], ["一行一题"]])
    read = [verdict.values for verdict in read_questions([one, notes, two]) if verdict.values]
    assert [(draft.kind, draft.stem, draft.source) for draft in read] == [
        ("judge", "一？", "判断题!2"), ("single", "二？", "单选题!2"),
    ]  # fmt: skip
    assert read[1].options == ("甲", "乙")


def test_a_sheet_without_a_column_of_points_gives_one_each():
    read = one_row(["题型", "题干", "答案", "难度"], ["判断题", "一？", "对", "易"])
    assert (read.values.score, read.normalisations) == (1, ("score_defaulted",))


@pytest.mark.parametrize(
    ("written", "blanks"),
    [
        (r"5km\/h/5 km\/h；3", [["5km/h", "5 km/h"], ["3"]]),
        (r"甲\或乙；a\；b", [["甲或乙"], ["a；b"]]),
        (r"C:\dir；\\", [["C:\\dir"], ["\\"]]),
    ],
)
def test_a_mark_behind_a_backslash_is_text(written, blanks):
    headings = ["题型", "题干", "答案", "难度", "分值"]
    assert one_row(headings, ["填空题", "____和____", written, "易", 1.0]).values.answer == blanks


@given(
    st.lists(
        st.lists(
            st.text("；;/或|\\甲a ", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=3
        ),
        min_size=1,
        max_size=3,
    )
)
def test_written_blanks_read_back(blanks):
    told = written_answer("fill", blanks)
    assert blanks_in_one_cell(told, wanted=len(blanks)) == blanks
