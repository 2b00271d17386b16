from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from tests.shared_files import shared_file
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.base.spreadsheets import Column, SheetToWrite, UnreadableFile, write_xlsx
from unionhall.people.unions import actions as unions
from unionhall.people.unions.invariants import INVARIANTS
from unionhall.people.unions.models import Edge, ListImport, Union
from unionhall.people.unions.queries import judge_union_list, lists_in_charge

HEADINGS = ("工会名称", "上级工会", "组织级别", "职工人数", "会员人数", "主席联系电话", "控股类型")


def a_list(*rows: tuple[object, ...]) -> bytes:
    filled = [(*row, *[None] * (len(HEADINGS) - len(row))) for row in rows]
    columns = [Column(name, "integer" if "人数" in name else "text") for name in HEADINGS]
    return write_xlsx(SheetToWrite("台账", columns, filled))


def taken_in(content: bytes) -> dict[str, int]:
    verdicts = judge_union_list(content, name="台账.xlsx")
    return unions.import_unions([verdict.values for verdict in verdicts if verdict.values])


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
    sent = unions.receive_list(content, name="C:\\台账\\分会.xlsx", by=bo)
    assert sent.file_name == "分会.xlsx"
    assert sent.counts == {"founded": 1, "updated": 0, "unchanged": 0, "rejected": 2}
    assert not Union.objects.filter(name="一分会").exists()
    unions.take_in_list(sent, by=bo)
    assert Union.objects.get_parent(Union.objects.get(name="一分会")) == plant7


def test_a_list_is_taken_in_once(bo, plant7):
    sent = unions.receive_list(a_list(("一分会", plant7.name, "分会")), name="a.xlsx", by=bo)
    done = unions.take_in_list(sent, by=bo)
    assert (done.state, done.content) == ("done", None)
    with pytest.raises(Refused):
        unions.take_in_list(sent, by=bo)
    with pytest.raises(Refused):
        unions.discard_list(sent, by=bo)


def test_a_yes_is_judged_by_the_offices_of_that_moment(bo, plant7):
    sent = unions.receive_list(a_list(("一分会", plant7.name, "分会")), name="a.xlsx", by=bo)
    unions.dismiss(bo.offices.get(), by=bo)
    with pytest.raises(Refused):
        unions.take_in_list(sent, by=bo)
    assert not Union.objects.filter(name="一分会").exists()


def test_a_list_taken_down_is_forgotten(bo, plant7):
    sent = unions.receive_list(a_list(("一分会", plant7.name, "分会")), name="a.xlsx", by=bo)
    unions.discard_list(sent, by=bo)
    assert ListImport.objects.get().content is None


def test_a_list_is_seen_by_its_sender_only(bo, cai, plant7):
    unions.receive_list(a_list(("一分会", plant7.name, "分会")), name="a.xlsx", by=bo)
    assert lists_in_charge(bo).count() == 1
    assert lists_in_charge(cai).count() == 0


def test_a_file_without_the_columns_is_unreadable(db):
    with pytest.raises(UnreadableFile) as caught:
        judge_union_list(write_xlsx(SheetToWrite("表", [Column("甲")], [])), name="a.xlsx")
    assert caught.value.reason == "no_header"


def test_a_list_that_nobody_confirms_is_let_go(bo, plant7):
    unions.receive_list(a_list(("一分会", plant7.name, "分会")), name="a.xlsx", by=bo)
    assert unions.forget_old_lists() == 0
    ListImport.objects.update(created_at=timezone.now() - dt.timedelta(days=31))
    assert unions.forget_old_lists() == 1
    assert ListImport.objects.get().content is None


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
    sent = unions.receive_list(content, name="a.xlsx", by=bo)
    assert (sent.counts["founded"], sent.counts["updated"]) == (3, 0)
    unions.take_in_list(sent, by=bo)
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
    unions.take_in_list(unions.receive_list(content, name="a.xlsx", by=bo), by=bo)
    plant7.refresh_from_db()
    one = Union.objects.get_children(plant7).get()
    assert (one.name, one.remark, one.employer) == ("一分会", "备" * 200, "单" * 120)
