"""A workbook is judged by a child process exactly as it would be here, and wholly or not at all."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from tests.shared_files import FILES, shared_file
from unionhall.base.spreadsheets import Column, SheetToWrite, read_workbook, write_xlsx
from unionhall.people.members import actions as members
from unionhall.people.members.models import Newcomer, RollRow
from unionhall.people.members.queries import judging
from unionhall.people.members.queries.judging import HeldAgainst, judged_here, read_and_judged
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, sent_in
from unionhall.people.members.tests.test_roll_rules import TODAY, UNIONS

AGAINST = HeldAgainst(
    grassroots=sorted(UNIONS.grassroots), upper=sorted(UNIONS.upper), today=TODAY,
    allow_test_ids=True, of_union=None,
)  # fmt: skip
ROLLS = sorted(path.name for path in FILES.glob("roster*.xls*"))


@pytest.mark.parametrize("name", ROLLS)
def test_a_child_says_what_this_process_would_say(name):
    content = shared_file(name).read_bytes()
    headings, verdicts = read_and_judged(content, name, AGAINST)
    expected_headings, expected = judged_here(read_workbook(content, name=name), AGAINST)
    assert json.dumps(headings) == json.dumps(expected_headings)
    assert list(verdicts) == list(expected)


def test_every_kind_of_cell_is_judged_alike():
    columns = [Column(name) for name in ("姓名", "证件号码", "所属工会")]
    columns += [Column("出生日期", "date"), Column("手机号码", "number")]
    person = a_person(1)
    rows = [
        ["周白露", person["证件号码"], min(UNIONS.grassroots), dt.date(1990, 6, 21), 19900000001],
        ["何立夏\u200b", "1" * 18, "没有的工会", dt.date(1990, 6, 22), None],
        [None, None, None, None, None],
        ["#REF!", "x", "y", None, None],
    ]  # fmt: skip
    hidden = SheetToWrite("另外", [Column("说明")], [["字"]])
    content = write_xlsx(SheetToWrite("名\u202e册", columns, rows), hidden)
    headings, verdicts = read_and_judged(content, "a.xlsx", AGAINST)
    expected_headings, expected = judged_here(read_workbook(content, name="a.xlsx"), AGAINST)
    assert json.dumps(headings) == json.dumps(expected_headings)
    told = list(verdicts)
    assert told == list(expected)
    assert {one.verdict for one in told} == {"not_data", "accepted_normalised", "rejected"}


def test_of_a_file_that_is_refused_behind_good_rows_nothing_is_kept(
    plant7, bo, monkeypatch, tmp_path
):
    """The child's limits may end it anywhere."""
    whole = tmp_path / "whole.py"
    whole.write_text(
        f"import subprocess, sys\nrun = [sys.executable, '-I', {str(judging.CHILD)!r}]\n"
        "told = subprocess.run(run, input=sys.stdin.buffer.read(), capture_output=True).stdout\n"
        "sys.stdout.buffer.write(told[:-2] + LAST)\n"
    )
    good = whole.read_text()
    content = a_roll(*[a_person(n) for n in range(1, 30)])
    monkeypatch.setattr(judging, "CHILD", whole)
    for last, state, rows in (
        ('b"{}"', "checked", 30),
        ('b\'{"refused": "too_large"}\'', "unreadable", 0),
        ('b""; sys.stdout.flush(); import os; os.abort()', "unreadable", 0),
    ):
        whole.write_text(good.replace("LAST", last, 1))
        roll = sent_in(content, plant7, bo)
        assert (roll.state, roll.roll_rows.count()) == (state, rows)
        if rows:
            members.discard_roll(roll, by=bo)
    assert not RollRow.objects.exists()
    assert not Newcomer.objects.exists()
