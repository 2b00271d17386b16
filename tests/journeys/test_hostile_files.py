"""A file that means harm, at every door that takes a table: refused in words, and nothing is kept."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import PurePosixPath

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from unionhall.base import spreadsheets
from unionhall.base.tables import EPOCH_1900, EPOCH_1904, CellError, Formula, Sheet
from unionhall.base.tests.hostile_files import HOSTILE, a_workbook
from unionhall.base.workbooks.plain_books import plain_book
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Bank, BankImport, Question
from unionhall.domain.quiz.rules import question_sheets
from unionhall.people.members import actions as members
from unionhall.people.members.models import Member, RollImport, RollRow
from unionhall.people.members.queries import judging
from unionhall.people.members.rules import headings, roll
from unionhall.people.members.rules.lines import UnionNames
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import ListImport, ListRow, Union
from unionhall.people.unions.rules import read_union_list, union_list
from unionhall.site.second_factor import remember

NAMES = ["../../etc/passwd.csv", "..\\..\\win.ini.csv", "C:\\名册.csv", "CON.csv", "名\u202egnp.csv",
         "名\n册.csv", "名\0册.csv", "名" * 4096 + ".csv", "<script>alert(1)</script>.csv",
         "=cmd|' !A1.csv", "名册.csv.exe.csv"]  # fmt: skip
DAY, MOMENT = dt.date(2026, 11, 20), 5
NOWHERE = UnionNames({"七号厂工会"}, set())
ROW = "姓名,证件号码,所属工会,工会名称,上级工会,组织级别,题干\r\n"


@pytest.fixture
def desk(client, bo):
    client.force_login(bo)
    session = client.session
    remember(session, bo)
    session.save()
    return client


def sent(desk, door, content, name, **fields):
    file = SimpleUploadedFile("x", content)
    file._name = name  # what a browser says, not what Django makes of a path
    return desk.post(reverse(door), {"file": file, **fields})


@pytest.mark.parametrize(
    ("name", "made"), [one[1:3] for one in HOSTILE], ids=[one[0] for one in HOSTILE]
)
def test_it_is_refused_at_every_door_and_nothing_is_kept(desk, plant7, name, made):
    content, unions = made(), Union.objects.count()
    response = sent(desk, "unions_desk:import", content, name)
    assert response.status_code in {302, 422}
    for one in ListImport.objects.all():
        tree.check_list(one.pk)
        one.refresh_from_db()
        assert (one.state, one.content) == ("unreadable", None)
        assert one.problem != "failed"
        assert "读不了这个文件" in desk.get(reverse("unions_desk:list_import", args=[one.pk])).text
    assert not ListRow.objects.exists()

    response = sent(desk, "members_desk:import", content, name, union=plant7.pk)
    assert response.status_code in {302, 422}
    for one in RollImport.objects.all():
        members.check_roll(one.pk)
        one.refresh_from_db()
        assert (one.state, one.content) == ("unreadable", None)
        assert one.problem != "failed"
        assert "读不了这个文件" in desk.get(reverse("members_desk:roll_import", args=[one.pk])).text
    assert not RollRow.objects.exists()

    response = sent(desk, "quiz_desk:import", content, name, union=plant7.pk, bank="安全")
    assert response.status_code in {302, 422}
    quiz.check_waiting_banks()
    for one in BankImport.objects.all():
        assert (one.state, one.content) == ("unreadable", None)
        assert one.problem != "failed"
        page = desk.get(reverse("quiz_desk:bank_import", args=[one.pk]))
        assert "读不了这个文件" in page.text
    assert not Bank.objects.exists()
    assert not Question.objects.exists()
    assert (Union.objects.count(), Member.objects.count()) == (unions, 0)


@pytest.mark.parametrize(
    ("program", "words"),
    [("import time; time.sleep(30)", "一分钟还没有读完"), ("import os; os.abort()", "表太大")],
)
def test_a_file_that_meets_a_limit_is_refused_in_words_at_the_desk(
    desk, plant7, monkeypatch, tmp_path, program, words
):
    child = tmp_path / "child.py"
    child.write_text(program)
    monkeypatch.setattr(judging, "CHILD", child)
    monkeypatch.setattr(spreadsheets, "WALL_SECONDS", 0.5)
    sent(desk, "members_desk:import", a_workbook(), "名册.xlsx", union=plant7.pk)
    one = RollImport.objects.get()
    members.check_roll(one.pk)
    one.refresh_from_db()
    assert (one.state, one.content) == ("unreadable", None)
    assert words in desk.get(reverse("members_desk:roll_import", args=[one.pk])).text


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_only_ever_shown(desk, plant7, name):
    row = (
        f"{ROW}周白露,990101199001011234,{plant7.name},一分会,{plant7.name},分会,几？\r\n".encode()
    )
    sent(desk, "unions_desk:import", row, name)
    sent(desk, "members_desk:import", row, name, union=plant7.pk)
    sent(desk, "quiz_desk:import", row, name, union=plant7.pk, bank="安全")
    for door in ("unions_desk:import", "members_desk:import", "quiz_desk:import"):
        page = desk.get(reverse(door))
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "\u202e" not in page.text
    for kept in [*ListImport.objects.all(), *RollImport.objects.all(), *BankImport.objects.all()]:
        assert PurePosixPath(kept.file_name).name == kept.file_name
        assert kept.file_name.isprintable()
        assert len(kept.file_name) <= 200


TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["=1+1", "+86", "-2", "@A", "\t=1", "＝1", "=cmd|' /C calc'!A0", "\ufeff", "\u202e周",
                     "𠮷", "㛃", "\ue000", "﨑", "葛\U000e0100", "周·白露", "\ufffd", "ℵ", "9" * 400, "1e308",
                     "1.38E+10", "110105194912310000", "0230", "{user.__class__}", "{{7*7}}", "%s", "٣٣٣"]),
)  # fmt: skip
NUMBERS = (
    st.floats()
    | st.integers(-(10**30), 10**30)
    | st.sampled_from([1e308, -0.0, 1e15, 60.0, 2958465.0, 0.5])
)
VALUES = st.one_of(
    st.none(),
    TEXTS,
    NUMBERS,
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.builds(CellError, TEXTS),
)
CELLS = VALUES | st.builds(Formula, TEXTS, VALUES)


def a_sheet(columns, data) -> Sheet:
    headings = [names[0] for names in columns.headings.values()]
    rows = data.draw(st.lists(st.lists(CELLS, max_size=len(headings) + 2), max_size=4))
    return Sheet("表", [headings, *rows], data.draw(st.sampled_from([EPOCH_1900, EPOCH_1904])))


@given(st.data())
def test_any_cells_get_a_verdict_from_a_list_of_unions(data):
    sheet = a_sheet(union_list.COLUMNS, data)
    for one in read_union_list([sheet], as_of=DAY):
        assert one.accepted or one.reasons


@given(st.data())
def test_any_cells_get_a_verdict_from_a_roll(data):
    sheet = a_sheet(headings.COLUMNS, data)
    for one in roll.read_roll([sheet], unions=NOWHERE, today=DAY, allow_test_ids=True):
        assert one.accepted or one.reasons


@given(st.data())
def test_any_cells_get_a_verdict_from_a_bank(data):
    for one in question_sheets.read_questions([a_sheet(question_sheets.COLUMNS, data)]):
        assert one.accepted or one.reasons or one.verdict == "not_data"


FILLINGS = [
    *"a1周·. -\t()（=|/{<>&;:",
    "\u0301",
    "\u200b",
    "٣",
    "<a =",
    "(a",
    "1-",
    "1/",
    "A. ",
    "A、x\n",
]
READERS = {
    "unions": (union_list.COLUMNS, lambda sheet: read_union_list([sheet], as_of=DAY)),
    "roll": (headings.COLUMNS, lambda sheet: list(roll.read_roll([sheet], unions=NOWHERE, today=DAY, allow_test_ids=True))),
    "bank": (question_sheets.COLUMNS, lambda sheet: question_sheets.read_questions([sheet])),
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("filling", FILLINGS)
def test_cells_of_one_character_are_read_in_linear_time(filling, reader):
    """No pattern of ours begins anew at each of 100,000: that would be minutes, not a moment."""
    columns, read = READERS[reader]
    headings = [names[0] for names in columns.headings.values()]
    began = time.process_time()
    read(Sheet("表", [headings, [(filling * 100_000)[:100_000]] * len(headings)]))
    assert time.process_time() - began < MOMENT


ODD_NAMES = ["周" + "\u0301" * 10_000, "👩\u200d👩\u200d👧", "\u202e露白周", "\ufffd", "<script>alert(1)</script>", "{{7*7}}",
             "{user.__class__}", "%s%n", "=HYPERLINK(1)", "\ue000", "𠮷㛃", "周" * 30_000, "a\r\nSet-Cookie: b"]  # fmt: skip


def test_odd_names_of_a_roll_are_judged_and_shown_at_the_desk(desk, plant7):
    rows = [["姓名", "证件号码", "所属工会"], *([one, "1", plant7.name] for one in ODD_NAMES)]
    content = plain_book([("名册", Sheet("名册", rows))])
    sent(desk, "members_desk:import", content, "名册.xlsx", union=plant7.pk)
    one = RollImport.objects.get()
    members.check_roll(one.pk)
    one.refresh_from_db()
    assert one.counts["verdicts"]["rejected"] == len(ODD_NAMES)
    page = desk.get(reverse("members_desk:roll_import", args=[one.pk]))
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert desk.get(reverse("members_desk:annotated", args=[one.pk])).status_code == 200
