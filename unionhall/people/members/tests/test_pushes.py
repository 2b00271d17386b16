"""A program pushes a roll: what it may send, how much of it, and that the report is a file's."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import xlsxwriter
from django.db import connection
from django.utils import timezone

from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.base.spreadsheets import UnreadableFile, read_workbook
from unionhall.base.typed_records import as_line
from unionhall.people.members import actions as members
from unionhall.people.members.actions import pushes
from unionhall.people.members.models import Member, RollImport, RollPage, RollRow
from unionhall.people.members.queries import annotated_copy
from unionhall.people.members.rules.pushed import as_page, odd_cell, rows_of_page
from unionhall.people.members.tests.test_actions_rolls import TODAY, a_person, sent_in
from unionhall.people.programs import actions as programs

AT_ONCE = 8


def pushed(rows, union, by, *, rows_a_page=2):
    roll = members.open_push(union, name="人事系统", by=by, as_of=TODAY)
    pages = [rows[at : at + rows_a_page] for at in range(0, len(rows), rows_a_page)]
    for number, page in enumerate(pages, start=1):
        members.add_page(roll, number=number, rows=page)
    members.finish_push(roll, pages=len(pages))
    members.check_waiting_rolls()
    roll.refresh_from_db()
    return roll


def opened(union, by):
    return members.open_push(union, name="人事系统", by=by, as_of=TODAY)


# == Pages ==


def test_pages_become_a_file_like_any_other(plant7, bo):
    roll = opened(plant7, bo)
    first, second = [a_person(1), a_person(2)], [a_person(3, 部门="装配")]
    members.add_page(roll, number=2, rows=second)
    members.add_page(roll, number=1, rows=first)
    members.add_page(roll, number=1, rows=first)
    members.add_page(roll, number=1, rows=[dict(reversed(row.items())) for row in first])
    with pytest.raises(Refused, match="不一样"):
        members.add_page(roll, number=1, rows=second)
    with pytest.raises(Refused, match="缺第 3 页"):
        members.finish_push(roll, pages=3)
    with pytest.raises(Refused, match="页不齐"):
        members.finish_push(roll, pages=1)
    members.finish_push(roll, pages=2)
    members.check_waiting_rolls()
    roll.refresh_from_db()
    assert roll.counts["verdicts"] == {"accepted": 3, "not_data": 1}
    assert [row.row for row in roll.roll_rows.order_by("place")] == [1, 2, 3, 4]
    assert not roll.pages.exists()
    with pytest.raises(Refused, match="已经结束"):
        members.add_page(roll, number=4, rows=second)


def test_finishing_again_is_no_harm_when_the_first_answer_was_lost(plant7, bo):
    roll = opened(plant7, bo)
    members.add_page(roll, number=1, rows=[a_person(1)])
    for _again in range(2):
        assert members.finish_push(roll, pages=1).state == "received"
    members.check_waiting_rolls()
    assert members.finish_push(roll, pages=1).state == "checked"
    with pytest.raises(Refused, match="已经结束"):
        members.finish_push(roll, pages=2)
    assert Entry.objects.filter(action="members.roll_received").count() == 1


def test_a_push_that_is_given_up_leaves_nothing(plant7, bo):
    roll = opened(plant7, bo)
    members.add_page(roll, number=1, rows=[a_person(1)])
    members.discard_roll(roll, by=bo)
    assert not roll.pages.exists()
    with pytest.raises(Refused, match="已经结束"):
        members.add_page(roll, number=2, rows=[a_person(2)])
    with pytest.raises(Refused, match="已经结束"):
        members.finish_push(roll, pages=1)


# == Cells ==


def as_xlsx(rows):
    """Numbers as number cells, texts as text cells."""
    out = io.BytesIO()
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("名册")
        for line, cells in enumerate([dict(zip(headings, headings, strict=True)), *rows]):
            for at, heading in enumerate(headings):
                cell = cells.get(heading, "")
                write = page.write_string if isinstance(cell, str) else page.write_number
                if cell != "":
                    write(line, at, cell)
    return out.getvalue()


def as_csv(rows):
    out = io.StringIO(newline="")
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    writer = csv.DictWriter(out, headings, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def report_of(roll):
    columns = ("row", "verdict", "reason_codes", "normalisations", "warnings", "effect")
    return list(RollRow.objects.filter(roll_import=roll).order_by("place").values_list(*columns))


def in_text(plant7):
    return [
        a_person(1),
        a_person(2, 证件号码="9901011990"),
        a_person(3, 姓名=" 何立夏\u200b"),
        a_person(4, 证件号码="9.90101E+17"),
        a_person(5, 手机号码="+86 199-0000-0005"),
        a_person(6, 手机号码="1.99E+10"),
        a_person(7, 所属工会="没有这个工会"),
        a_person(8, 入会日期="2019/3/5", 性别="F"),
        a_person(1),
        {},
        {"姓名": "合计", "性别": "9 人"},
        a_person(9, 姓名="=HYPERLINK(1)"),
        a_person(10, 手机号码="", 会籍状态="  "),
        a_person(11, 姓名="𠮷惊蛰", 部门='一"车,间\n二线'),
    ]


def test_the_same_rows_by_xlsx_csv_and_push_have_the_same_report(plant7, bo):
    rows = in_text(plant7)
    reports = [
        report_of(sent_in(as_xlsx(rows), plant7, bo)),
        report_of(sent_in(as_csv(rows), plant7, bo, name="名册.csv")),
        report_of(pushed(rows, plant7, bo, rows_a_page=3)),
    ]
    assert reports[0] == reports[1] == reports[2]
    assert len({tuple(line[2]) for line in reports[2]}) > 5


def with_numbers():
    number = int(a_person(1)["证件号码"].replace("X", "0"))
    return [
        a_person(1, 证件号码=number),
        a_person(2, 证件号码=float(number)),
        a_person(3, 证件号码=number - number % 1000),
        a_person(4, 证件号码=10**15),
        a_person(5, 证件号码=10**15 - 1),
        a_person(6, 证件号码=990101900621123),
        a_person(7, 手机号码=19900000007),
        a_person(8, 手机号码=19900000008.0),
        a_person(9, 手机号码=199),
        a_person(10, 性别=2, 入会日期=43529, 部门=7),
        a_person(11, 证件号码=1e300, 手机号码=-1.5),
    ]


def test_numbers_mean_what_they_mean_in_a_workbook(plant7, bo):
    rows = with_numbers()
    told = report_of(pushed(rows, plant7, bo))
    assert told == report_of(sent_in(as_xlsx(rows), plant7, bo))
    assert [line[2] for line in told[1:5]] == [["ID_NUMERIC_TRUNCATED"]] * 4
    assert "id_from_number" not in str(told[4])
    assert told[7][1:4] == ("accepted_normalised", [], ["phone_from_number"])
    assert told[10][3] == ["sex_mapped", "join_serial"]


def test_a_number_that_javascript_rounded_does_not_pass(plant7, bo):
    """Of 21 rounded numbers one has a right check digit by chance: so kind counts, not digits."""
    exact = [
        int(a_person(n)["证件号码"]) for n in range(1, 60) if a_person(n)["证件号码"].isdigit()
    ]
    rounded = [a_person(n, 证件号码=int(float(one))) for n, one in enumerate(exact)]
    as_text = [row | {"证件号码": str(row["证件号码"])} for row in rounded]
    assert pushed(rounded, plant7, bo).counts["reasons"] == {"ID_NUMERIC_TRUNCATED": len(exact)}
    assert pushed(as_text, plant7, bo).counts["verdicts"].get("accepted")  # the control


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (True, "cell_bool"), (None, "cell_null"), ([], "cell_nested"), ({"a": 1}, "cell_nested"),
        (float("inf"), "cell_number"), (float("nan"), "cell_number"), (10**400, "cell_number"),
    ],
)  # fmt: skip
def test_what_no_cell_can_hold_is_refused_with_its_place(plant7, bo, cell, code):
    roll = opened(plant7, bo)
    with pytest.raises(Refused, match="第 2 行的“是否一线”") as refused:
        members.add_page(roll, number=1, rows=[a_person(1), a_person(2, 是否一线=cell)])
    assert refused.value.code == code
    assert not roll.pages.exists()


def test_headings_are_words():
    assert odd_cell([{"": "x"}]).kind == "heading"
    assert odd_cell([{"x" * 201: "x"}]).kind == "heading"
    assert odd_cell([{str(n): "x" for n in range(257)}]).kind == "columns"


def test_half_of_a_pair_is_a_garbled_name_and_no_fault_of_ours(plant7, bo):
    roll = pushed([a_person(1, 姓名="周\ud842露"), a_person(2, 姓名="何\0夏")], plant7, bo)
    assert report_of(roll)[1][2] == ["NAME_GARBLED"]


def test_a_page_keeps_its_rows():
    rows = [{"甲": "1", "乙": 2}, {"丙": 2**60, "甲": " "}, {}]
    assert rows_of_page(as_page(rows)) == [{"甲": "1", "乙": 2}, {"丙": 2.0**60}, {}]


def test_the_senders_table_comes_back_with_the_reasons(plant7, bo):
    roll = pushed([a_person(1), a_person(2, 证件号码=990101199006210040)], plant7, bo)
    (sheet,) = read_workbook(annotated_copy(roll), name="x.xlsx")
    assert "证件号码丢了末几位" in str(sheet.rows[2][-1])


def test_what_was_pushed_is_taken_in(plant7, bo):
    person = a_person(1) | {"手机号码": 19900000001, "是否一线": "是", "部门": ""}
    roll = pushed([person], plant7, bo)
    members.confirm_roll(roll, by=bo)
    members.take_in_confirmed_rolls()
    member = Member.objects.get()
    assert (member.phone, member.front_line) == ("19900000001", True)


@pytest.mark.parametrize("content", [b"{}", b"[1", b'["a"]\n[[1]]', b'["a"]\n[true]', b"\xff"])
def test_records_that_are_none_are_refused(content):
    with pytest.raises(UnreadableFile):
        read_workbook(content, name="x.jsonl")


def test_records_have_the_limits_of_a_file():
    with pytest.raises(UnreadableFile, match="20 万行"):
        read_workbook(b"[]\n" * 200_001 + b"[1]", name="x.jsonl")
    with pytest.raises(UnreadableFile, match="256 列"):
        read_workbook(as_line(["x"] * 257), name="x.jsonl")


# == Limits ==


def test_a_push_holds_no_more_than_a_file(plant7, bo, monkeypatch):
    roll = opened(plant7, bo)
    monkeypatch.setattr(pushes, "MAX_ROWS", 3)
    members.add_page(roll, number=1, rows=[a_person(1), a_person(2)])
    with pytest.raises(Refused, match="最多 3 行、20 MB") as refused:
        members.add_page(roll, number=2, rows=[a_person(3), a_person(4)])
    assert refused.value.code == "push_too_large"
    members.add_page(roll, number=1, rows=[a_person(1), a_person(2)])
    members.add_page(roll, number=2, rows=[a_person(3)])
    members.finish_push(roll, pages=2)


def test_bytes_are_counted_over_all_pages(plant7, bo, monkeypatch):
    roll = opened(plant7, bo)
    monkeypatch.setattr(pushes, "MAX_BYTES", 1000)
    members.add_page(roll, number=1, rows=[{"姓名": "x" * 700}])
    with pytest.raises(Refused, match="太大"):
        members.add_page(roll, number=2, rows=[{"姓名": "x" * 700}])


def test_columns_that_swell_when_pages_are_joined_are_counted_too(plant7, bo):
    roll = opened(plant7, bo)
    for number in (1, 2):
        page = [{f"{number}{column}": "x" for column in range(200)}]
        members.add_page(roll, number=number, rows=page)
    with pytest.raises(Refused, match="太大"):
        members.finish_push(roll, pages=2)


def test_few_pushes_are_open_at_once(plant7, harbour2, bo):
    for _each in range(5):
        last = opened(plant7, bo)
    with pytest.raises(Refused, match="5 次推送还没结束"):
        opened(plant7, bo)
    opened(harbour2, bo)
    members.discard_roll(last, by=bo)
    opened(plant7, bo)


def test_an_abandoned_push_is_let_go(plant7, bo):
    quiet, busy, young = (opened(plant7, bo) for _each in range(3))
    for roll in (quiet, busy):
        members.add_page(roll, number=1, rows=[a_person(1)])
    old = timezone.now() - dt.timedelta(hours=25)
    RollImport.objects.filter(pk__in=[quiet.pk, busy.pk]).update(created_at=old)
    RollPage.objects.filter(roll_import=quiet).update(came_at=old)
    assert members.let_go_abandoned_pushes() == 1
    states = dict(RollImport.objects.values_list("pk", "state"))
    assert states == {quiet.pk: "discarded", busy.pk: "open", young.pk: "open"}
    assert not quiet.pages.exists()
    entry = Entry.objects.get(action="members.roll_discarded")
    assert (entry.subject_id, entry.by_id) == (quiet.pk, None)


def test_a_program_is_named_in_the_ledger(plant7, bo):
    key, _secret = programs.issue_key(plant7, name="人事系统", by=bo)
    roll = members.open_push(plant7, name="名册", by=bo, key=key)
    entry = Entry.objects.get(action="members.push_opened")
    assert (entry.subject_id, entry.by_id, entry.detail) == (roll.pk, bo.pk, {"key": key.pk})


# == At once ==


def at_once(deeds):
    """All start together; what each returned, or the code of its refusal."""
    gate = Barrier(len(deeds))

    def do(deed):
        gate.wait(timeout=30)
        try:
            return deed()
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))


def same_page(roll):
    return [
        lambda n=n: members.add_page(roll, number=1, rows=[a_person(n)]).rows
        for n in range(1, AT_ONCE + 1)
    ]


@pytest.mark.django_db(transaction=True)
def test_of_two_pages_under_one_number_the_first_is_kept(plant7, bo):
    roll = opened(plant7, bo)
    told = at_once(same_page(roll))
    (kept,) = RollPage.objects.filter(roll_import=roll)
    assert Counter(one == kept.rows for one in told) == {True: 1, False: AT_ONCE - 1}
    assert Counter(told)["page_differs"] == AT_ONCE - 1


@pytest.mark.django_db(transaction=True)
def test_the_same_page_many_times_at_once_is_one_page(plant7, bo):
    roll = opened(plant7, bo)
    told = at_once([lambda: members.add_page(roll, number=1, rows=[a_person(1)]).pk] * AT_ONCE)
    assert len(set(told)) == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_pages_would_meet(plant7, bo, monkeypatch):
    """The control: then only the constraint stands between them, and it is no kind answer."""
    roll, meet = opened(plant7, bo), Barrier(2)
    keep_within_limits = pushes._keep_within_limits

    def both_look_first(*args, **kwargs):
        keep_within_limits(*args, **kwargs)
        meet.wait(timeout=30)

    monkeypatch.setattr(pushes, "_locked", lambda unlocked: unlocked)
    monkeypatch.setattr(pushes, "_keep_within_limits", both_look_first)
    with pytest.raises(Exception, match="roll_page_once"):
        at_once(same_page(roll)[:2])


@pytest.mark.django_db(transaction=True)
def test_finishing_many_times_at_once_is_finishing_once(plant7, bo):
    roll = opened(plant7, bo)
    members.add_page(roll, number=1, rows=[a_person(1)])
    told = at_once([lambda: members.finish_push(roll, pages=1).state] * AT_ONCE)
    assert set(told) == {"received"}
    assert Entry.objects.filter(action="members.roll_received").count() == 1
    members.check_waiting_rolls()
    assert RollRow.objects.filter(roll_import=roll).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_page_beside_the_finish_is_in_or_refused(plant7, bo):
    """Never kept and yet missing from the file."""
    for _round in range(5):
        roll = opened(plant7, bo)
        members.add_page(roll, number=1, rows=[a_person(1)])
        late, done = at_once(
            [
                lambda: members.add_page(roll, number=2, rows=[a_person(2)]).number,  # noqa: B023
                lambda: members.finish_push(roll, pages=1).state,  # noqa: B023
            ]
        )
        assert (late, done) in {("push_finished", "received"), (2, "pages_missing")}
        members.discard_roll(roll, by=bo)


@pytest.mark.django_db(transaction=True)
def test_no_more_pushes_are_open_than_may_be_however_many_begin_at_once(plant7, bo):
    told = at_once([lambda: opened(plant7, bo).state] * AT_ONCE)
    assert Counter(told) == {"open": 5, "too_many_pushes": AT_ONCE - 5}


def test_the_answer_of_a_row_has_its_reasons_in_words(client, plant7, bo):
    from unionhall.people.members.tests.test_desk import at_the_desk

    roll = pushed([a_person(1, 证件号码="1")], plant7, bo)
    rows = at_the_desk(client, bo).get(f"/api/v1/members/desk/rolls/{roll.pk}/rows/").json()
    (reason,) = rows["items"][1]["reasons"]
    assert (reason["code"], reason["column"]) == ("ID_LENGTH", "id_number")
    assert json.dumps(reason, ensure_ascii=False).count("证件号码位数不对") == 1
