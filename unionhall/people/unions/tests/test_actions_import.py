from __future__ import annotations

import datetime as dt
import io
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import xlsxwriter
from django.db import connection
from django.utils import timezone

from tests.shared_files import shared_file
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.base.spreadsheets import (
    Column,
    SheetToWrite,
    UnreadableFile,
    read_workbook,
    write_xlsx,
)
from unionhall.people.unions import actions as unions
from unionhall.people.unions.invariants import INVARIANTS
from unionhall.people.unions.models import Edge, ListImport, Union
from unionhall.people.unions.queries import (
    Scope,
    annotated_list,
    judge_list,
    lists_in_charge,
)

HEADINGS = ("工会名称", "上级工会", "组织级别", "职工人数", "会员人数", "主席联系电话", "控股类型")


def a_list(*rows: tuple[object, ...]) -> bytes:
    filled = [(*row, *[None] * (len(HEADINGS) - len(row))) for row in rows]
    columns = [Column(name, "integer" if "人数" in name else "text") for name in HEADINGS]
    return write_xlsx(SheetToWrite("台账", columns, filled))


def taken_in(content: bytes) -> dict[str, int]:
    """The effects of a list that the house takes in."""
    return Counter(unions.take_in_file(content, name="台账.xlsx").counts["effects"])


def judged(content: bytes, *, name: str = "a.xlsx", day: str = "2026-11-20"):
    return judge_list(content, name=name, scope=Scope(), as_of=dt.date.fromisoformat(day))


def sent_in(content: bytes, by, name: str = "台账.xlsx") -> ListImport:
    """Received and checked."""
    sent = unions.receive_list(content, name=name, by=by)
    unions.check_waiting_lists()
    sent.refresh_from_db()
    return sent


def said_yes(sent: ListImport, by, *, moves: bool = False) -> ListImport:
    """Confirmed and taken in."""
    unions.confirm_list(sent, by=by, moves=moves)
    unions.take_in_confirmed_lists()
    sent.refresh_from_db()
    assert sent.state == "done"
    return sent


@pytest.mark.django_db
def test_the_whole_tree_is_taken_in_and_sound():
    counts = taken_in(shared_file("unions.xlsx").read_bytes())
    expected = json.loads(shared_file("unions.expected.json").read_text())
    assert Union.objects.count() == Edge.objects.filter(until_on=None).count() == 600
    assert Union.objects.find_problems() == ([], [], [], [], [])
    levels = {str(level): Union.objects.filter(level=level).count() for level in (1, 2, 3, 4)}
    assert levels == expected["by_level"]
    assert counts["founded"] + counts["unchanged"] == 600
    assert Entry.objects.filter(action="unions.list_imported").count() == 1
    for union in Union.objects.filter(level=4)[:20]:
        assert Union.objects.get_parent(union).level == 3
        assert union.edges.get().parent == Union.objects.get_parent(union)


@pytest.mark.django_db
def test_taking_the_same_list_in_again_changes_nothing():
    content = shared_file("unions.xlsx").read_bytes()
    taken_in(content)
    before = list(Union.objects.order_by("path").values())
    counts = taken_in(content)
    assert (counts["founded"], counts["updated"], counts["unchanged"]) == (0, 0, 600)
    assert list(Union.objects.order_by("path").values()) == before
    assert Edge.objects.count() == 600


def test_a_newer_list_updates_what_it_says_and_leaves_the_rest(plant7):
    Union.objects.filter(pk=plant7.pk).update(workers=10, chair="何立夏")
    counts = taken_in(
        a_list((plant7.name, "云桥区总工会", "基层工会", 20, 15, "19900000001", "私人控股"))
    )
    plant7.refresh_from_db()
    assert counts["updated"] == 1
    assert (plant7.workers, plant7.members_reported, plant7.chair) == (20, 15, "何立夏")
    assert (plant7.chair_phone, plant7.holding) == ("19900000001", "private")


def test_a_list_grows_the_tree_beside_what_stands(district, plant7):
    content = a_list(
        ("九号厂工会", district.name, "基层工会"),
        ("一分会", "九号厂工会", "分会"),
        ("一分会", plant7.name, "分会"),
    )
    taken_in(content)
    plant7.refresh_from_db()
    assert Union.objects.find_problems() == ([], [], [], [], [])
    assert [union.name for union in Union.objects.get_children(district)] == [
        "七号厂工会",
        "九号厂工会",
    ]
    assert Union.objects.get_children(plant7).get().name == "一分会"


def test_an_officer_grows_only_her_part_of_the_tree(bo, plant7, harbour2):
    content = a_list(
        ("一分会", plant7.name, "分会"),
        ("一分会", harbour2.name, "分会"),
        ("丁区总工会", "", "区级"),
    )
    sent = sent_in(content, bo, name="C:\\台账\\分会.xlsx")
    assert sent.file_name == "分会.xlsx"
    assert sent.counts["effects"] == {"founded": 1}
    assert sent.counts["verdicts"]["rejected"] == 2
    assert not Union.objects.filter(name="一分会").exists()
    said_yes(sent, bo)
    assert Union.objects.get_parent(Union.objects.get(name="一分会")) == plant7


def test_a_list_is_taken_in_once(bo, plant7):
    sent = sent_in(a_list(("一分会", plant7.name, "分会")), bo)
    done = said_yes(sent, bo)
    assert (done.state, bool(done.content)) == ("done", True)
    with pytest.raises(Refused):
        unions.confirm_list(sent, by=bo)
    with pytest.raises(Refused):
        unions.discard_list(sent, by=bo)


def test_a_yes_is_judged_by_the_offices_of_that_moment(bo, plant7):
    sent = sent_in(a_list(("一分会", plant7.name, "分会")), bo)
    unions.dismiss(bo.offices.get(), by=bo)
    with pytest.raises(Refused):
        unions.confirm_list(sent, by=bo)
    assert not Union.objects.filter(name="一分会").exists()


def test_a_list_taken_down_is_forgotten(bo, plant7):
    sent = sent_in(a_list(("一分会", plant7.name, "分会")), bo)
    unions.discard_list(sent, by=bo)
    assert ListImport.objects.get().content is None
    assert not sent.list_rows.exists()


def test_a_list_is_seen_by_its_sender_and_whoever_runs_its_union(bo, cai, fu, plant7):
    unions.receive_list(a_list(("一分会", plant7.name, "分会")), name="a.xlsx", by=bo)
    assert lists_in_charge(bo).count() == lists_in_charge(fu).count() == 1
    assert lists_in_charge(cai).count() == 0


def test_a_file_without_the_columns_is_unreadable(db):
    with pytest.raises(UnreadableFile) as caught:
        judged(write_xlsx(SheetToWrite("表", [Column("甲")], [])))
    assert caught.value.reason == "no_header"


def test_a_list_that_nobody_confirms_is_let_go(bo, plant7):
    unions.receive_list(a_list(("一分会", plant7.name, "分会")), name="a.xlsx", by=bo)
    assert unions.forget_old_lists() == 0
    ListImport.objects.update(created_at=timezone.now() - dt.timedelta(days=31))
    assert unions.forget_old_lists() == 1
    assert ListImport.objects.get().content is None
    assert unions.forget_old_lists() == 0


def test_a_list_that_was_taken_in_is_kept_for_a_month(bo, plant7):
    sent = said_yes(sent_in(a_list(("一分会", plant7.name, "分会")), bo), bo)
    ListImport.objects.update(created_at=timezone.now() - dt.timedelta(days=31))
    assert unions.forget_old_lists() == 1
    sent.refresh_from_db()
    assert (sent.state, sent.content) == ("done", None)
    assert not any(row.values for row in sent.list_rows.all())
    assert annotated_list(sent) is None


def test_a_second_list_is_compared_column_by_column(plant7, district):
    Union.objects.filter(pk=plant7.pk).update(
        workers=10, chair="何立夏", chair_phone="19900000001", holding="state", pilot=True
    )
    content = a_list(
        (plant7.name, district.name, "基层工会", 20, None, "19900000002", "私人控股"),
        ("九号厂工会", district.name, "基层工会", 5, 3),
        (district.name, "", "区级"),
        ("十号厂工会", "没有的工会", "基层工会"),
    )
    rows = judged(content)
    assert [one.effect for one in rows] == ["", "updated", "founded", "unchanged", ""]
    assert rows[1].changes == [
        ["holding", "state", "private", None],
        ["workers", 10, 20, None],
        ["chair_phone", "19900000001", "19900000002", None],
    ]
    assert not any(one.changes for one in rows[2:])


def test_the_senders_table_comes_back_with_the_reasons(bo, plant7):
    content = a_list(("一分会", plant7.name, "分会"), ("二分会", "没有的工会", "分会"))
    sent = sent_in(content, bo)
    [sheet] = read_workbook(annotated_list(sent) or b"", name="a.xlsx")
    assert sheet.rows[0][7] == "要改什么（这一列不会导入）"
    assert [list(row[7:]) for row in list(sheet.rows)[1:2]] == [[None]]
    assert str(sheet.rows[2][7]).startswith("上级工会“没有的工会”不在组织树里。")
    mended = judged(annotated_list(sent) or b"")
    assert [one.verdict.verdict for one in mended] == ["not_data", "accepted", "rejected"]


@pytest.mark.parametrize(("day", "overdue"), [("2026-11-20", 57), ("2000-01-01", 0)])
def test_elections_that_are_overdue_are_warned_of_as_of_a_day(db, day, overdue):
    rows = judged(shared_file("unions.xlsx").read_bytes(), day=day)
    verdicts = [one.verdict for one in rows]
    assert sum("TERM_OVERDUE" in one.warnings for one in verdicts if one.accepted) == overdue


def test_nothing_is_founded_after_the_day_of_the_check(district):
    columns = [
        Column("工会名称"),
        Column("上级工会"),
        Column("组织级别"),
        Column("建会日期", "date"),
    ]
    row = ("九号厂工会", district.name, "基层工会", dt.date(2026, 5, 1))
    content = write_xlsx(SheetToWrite("台账", columns, [row]))
    for day, codes in (("2026-04-30", ("FOUNDED_IN_FUTURE",)), ("2026-05-01", ())):
        assert judged(content, day=day)[1].verdict.reason_codes == codes


@pytest.mark.parametrize(
    ("formula", "value", "codes", "changes"),
    [
        ('=HYPERLINK("http://a.invalid","九号")', "九号", ("FORMULA_FORBIDDEN",), ()),
        ('="九"&"号"', "", ("FORMULA_NO_VALUE",), ()),
        ('="九"&"号"', "九号", (), ("formula_value",)),
        ("=1/0", "#DIV/0!", ("CELL_ERROR",), ()),
    ],
)
def test_formulas_are_judged_as_in_a_roll(district, formula, value, codes, changes):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("台账")
        page.write_row(0, 0, ["工会名称", "上级工会", "组织级别"])
        page.write_row(1, 1, [district.name, "基层工会"])
        page.write_formula(1, 0, formula, None, value)
    verdict = judged(out.getvalue())[1].verdict
    assert (verdict.reason_codes, verdict.normalisations) == (codes, changes)


def test_the_columns_that_the_likeliest_header_lacks_are_named(db):
    with pytest.raises(UnreadableFile) as caught:
        judged("工会名称,组织级别\n九号厂工会,基层工会\n".encode(), name="a.csv")
    assert caught.value.why == "表头里要有这几列，没有找到：上级工会。"


def test_two_lists_at_once_keep_the_tree_sound(transactional_db, district):
    halves = [
        [(f"{half}{n}号厂工会", district.name, "基层工会") for n in range(12)]
        + [(f"{m}分会", f"{half}{n}号厂工会", "分会") for n in range(12) for m in range(3)]
        + [("同名工会", district.name, "基层工会")]
        for half in "甲乙"
    ]

    def work(rows: list[tuple[str, ...]]) -> None:
        try:
            taken_in(a_list(*rows))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, halves))
    assert Union.objects.find_problems() == ([], [], [], [], [])
    assert Union.objects.filter(name="同名工会").count() == 1
    assert Union.objects.count() == 1 + 2 * 12 * 4 + 1
    assert not any(list(one.offenders()) for one in INVARIANTS)


def test_a_list_that_repeats_others_names_leaves_theirs_alone(bo, district, plant7, harbour2):
    content = a_list(
        (district.name, plant7.name, "基层工会"),  # what stands under it is no longer unheard of
        (harbour2.name, district.name, "基层工会", 9, 9, "19900009999"),
        ("三号码头工会", district.name, "基层工会"),
    )
    sent = sent_in(content, bo)
    assert sent.counts["effects"] == {"founded": 3}
    said_yes(sent, bo)
    harbour2.refresh_from_db()
    assert (harbour2.workers, harbour2.chair_phone) == (0, None)
    assert Union.objects.get_children(district).count() == 2
    assert Union.objects.exclude(path__startswith=plant7.path).count() == 2
    assert Union.objects.find_problems() == ([], [], [], [], [])


def test_what_no_column_holds_is_cut_or_refused_but_never_an_error(bo, plant7):
    content = write_xlsx(
        SheetToWrite(
            "台账",
            [Column(name) for name in (*HEADINGS[:4], "备注", "单位名称", "届期")],
            [
                ("一分会", plant7.name, "分会", "3", "备" * 900, "单" * 900, "5"),
                ("二" * 121, plant7.name, "分会", "3", "", "", ""),
                ("三分会", plant7.name, "分会", "9" * 5000, "", "", ""),
                ("四分会", plant7.name, "分会", "3", "", "", "99999"),
            ],
        )
    )
    said_yes(sent_in(content, bo), bo)
    plant7.refresh_from_db()
    one = Union.objects.get_children(plant7).get()
    assert (one.name, one.remark, one.employer) == ("一分会", "备" * 200, "单" * 120)
