"""A sender's table that was given back, sent in again untouched, is judged as the first time."""

from __future__ import annotations

import datetime as dt
import io

import pytest
import xlsxwriter

from tests.shared_files import shared_file
from unionhall.base.returned_tables import annotated
from unionhall.base.spreadsheets import read_workbook
from unionhall.domain.quiz.rules.question_sheets import read_questions
from unionhall.people.members import actions as members
from unionhall.people.members.models import RollImport
from unionhall.people.members.queries import annotated_copy
from unionhall.people.members.rules.lines import UnionNames
from unionhall.people.members.rules.roll import read_roll
from unionhall.people.unions.rules import read_union_list

DAY = dt.date(2026, 11, 20)
OF_FORMULAS = {"FORMULA_FORBIDDEN", "FORMULA_NO_VALUE"}  # given back as errors


def union_list(sheets):
    return read_union_list(sheets, as_of=DAY)


def a_roll(sheets):
    lines = union_list(read_workbook(shared_file("unions.xlsx").read_bytes(), name="a.xlsx"))
    unions = UnionNames({line.values.name for line in lines if line.values}, set())
    return list(read_roll(sheets, unions=unions, today=DAY, allow_test_ids=True))


@pytest.mark.parametrize(
    ("name", "judge"),
    [
        ("unions.xlsx", union_list),
        ("roster_small.xlsx", a_roll),
        ("roster_small_gbk.csv", a_roll),
        ("questions_dirty.xlsx", read_questions),
        ("questions_union_law.xlsx", read_questions),
        ("questions_safety.xlsx", read_questions),
        ("questions_mind.xlsx", read_questions),
    ],
)
def test_it_is_judged_as_the_first_time(name, judge):
    content = shared_file(name).read_bytes()
    first = judge(read_workbook(content, name=name))
    notes = {(one.sheet, one.row): "改" for one in first if one.verdict == "rejected"}
    returned = annotated(content, name=name, notes=notes, heading="要改的地方")
    second = judge(read_workbook(returned, name="a.xlsx"))
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert (one.sheet, one.row) == (other.sheet, other.row)
        assert (one.verdict == "rejected") == (other.verdict == "rejected")
        if OF_FORMULAS & set(one.reason_codes):
            assert "CELL_ERROR" in other.reason_codes
        else:
            assert one.reason_codes == other.reason_codes
            assert one.accepted == other.accepted


def test_the_reasons_are_there_though_a_sheets_name_has_invisible_characters(bo, plant7):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("花\u200b名\ufeff册")
        page.write_row(0, 0, ["姓名", "证件号码", "所属工会"])
        page.write_row(1, 0, ["周白露", "1", plant7.name])
    sent = members.receive_roll(out.getvalue(), name="名册.xlsx", union=plant7, by=bo)
    members.check_roll(sent.pk)
    [sheet] = read_workbook(
        annotated_copy(RollImport.objects.get(pk=sent.pk)) or b"", name="a.xlsx"
    )
    assert sheet.name == "花名册"
    assert "证件号码" in sheet.rows[1][3]
