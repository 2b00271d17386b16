from __future__ import annotations

import datetime as dt
import json

import pytest
from django.db import connection

from tests.shared_files import shared_file
from unionhall.base.chinese_ids import made_up_id
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.base.spreadsheets import Column, SheetToWrite, write_xlsx
from unionhall.people.members import actions as members
from unionhall.people.members.models import (
    Change,
    Member,
    Membership,
    RollImport,
    RollRow,
    TransferRequest,
)
from unionhall.people.members.queries import find, rows_of, unions_that_take_members
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import under

TODAY = dt.date(2026, 11, 20)
WORDS = "甲乙丙丁戊己庚辛"
BORN = dt.date(1990, 6, 21)
HEADINGS = (
    "姓名",
    "性别",
    "证件类型",
    "证件号码",
    "手机号码",
    "所属工会",
    "部门",
    "会籍状态",
    "入会日期",
    "技能等级",
)


def a_person(serial: int, name: str = "周白露", **cells: str) -> dict[str, str]:
    return {
        "姓名": name, "性别": "女", "证件类型": "居民身份证",
        "证件号码": made_up_id(born=BORN, sequence=serial * 2), "手机号码": f"199000{serial:05}",
        "所属工会": "七号厂工会", "会籍状态": "在籍", "入会日期": "2019-03-05",
    } | cells  # fmt: skip


def a_roll(*people: dict[str, str]) -> bytes:
    rows = [[person.get(name) for name in HEADINGS] for person in people]
    return write_xlsx(SheetToWrite("名册", [Column(name) for name in HEADINGS], rows))


def sent_in(content: bytes, union: Union, by=None, name: str = "名册.xlsx") -> RollImport:
    roll = members.receive_roll(content, name=name, union=union, by=by, as_of=TODAY)
    members.check_waiting_rolls()
    roll.refresh_from_db()
    return roll


def taken_in(content: bytes, union: Union, by=None) -> RollImport:
    roll = sent_in(content, union, by)
    members.confirm_roll(roll, by=by)
    members.take_in_confirmed_rolls()
    roll.refresh_from_db()
    assert roll.state == "done"
    return roll


def test_a_check_changes_nobody(plant7, bo):
    roll = sent_in(a_roll(a_person(1), a_person(2, "何立夏"), a_person(2, "何立夏")), plant7, bo)
    assert roll.state == "checked"
    assert roll.counts == {
        "verdicts": {"not_data": 1, "accepted": 2, "rejected": 1},
        "effects": {"new": 2},
        "reasons": {"DUP_IN_FILE": 1},
        "changes": {},
    }
    assert not Member.objects.exists()


def test_a_yes_takes_the_roll_in(plant7, bo):
    roll = taken_in(
        a_roll(a_person(1, 部门="装配", 技能等级="高级工"), a_person(2, "何立夏", 会籍状态="退休")),
        plant7,
        bo,
    )
    zhou, he = Member.objects.order_by("pk")
    assert (zhou.name, zhou.phone, zhou.skill_grade, zhou.born_on, zhou.sex) == (
        "周白露",
        "19900000001",
        4,
        BORN,
        "f",
    )
    assert zhou.id_number == made_up_id(born=BORN, sequence=2)
    live = zhou.memberships.get(left_on=None)
    assert (live.union, live.department, live.joined_on, live.standing) == (
        plant7,
        "装配",
        dt.date(2019, 3, 5),
        "current",
    )
    assert he.memberships.get().standing == Membership.Standing.RETAINED
    assert list(find("0001", under(plant7))) == [zhou]
    assert list(find(he.id_number, under(plant7))) == [he]
    assert {zhou.batch_id, he.batch_id, live.batch_id} == {roll.batch_id}


@pytest.mark.parametrize("way", ["hash", "merge"])
def test_members_are_numbered_in_the_order_of_their_rows(district, plant7, harbour2, fu, way):
    """However the planner joins rows and unions, which by its statistics is now so and now so."""
    unions = ["七号厂工会", "二号港工会"]
    people = [a_person(n, f"周{word}", 所属工会=unions[n % 2]) for n, word in enumerate(WORDS)]
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL enable_{way}join = off")
    taken_in(a_roll(*people), district, fu)
    names = Member.objects.order_by("pk").values_list("name", flat=True)
    assert list(names) == [f"周{word}" for word in WORDS]


def test_one_import_is_one_entry_without_a_name_or_a_number(plant7, bo):
    roll = taken_in(a_roll(*[a_person(n) for n in range(1, 6)]), plant7, bo)
    entry = Entry.objects.get(action="members.roll_imported")
    assert (entry.pk, entry.by_id, entry.union_id) == (roll.batch_id, bo.pk, plant7.pk)
    assert entry.detail["counts"]["effects"] == {"new": 5}
    told = json.dumps(list(Entry.objects.values_list("detail", flat=True)), ensure_ascii=False)
    assert "周白露" not in told
    assert "19900000001" not in told


def test_taking_the_same_roll_in_again_changes_nothing(plant7, bo):
    content = a_roll(a_person(1), a_person(2, "何立夏"))
    taken_in(content, plant7, bo)
    before = list(Member.objects.order_by("pk").values()) + list(
        Membership.objects.order_by("pk").values()
    )
    again = taken_in(content, plant7, bo)
    assert again.counts["effects"] == {"unchanged": 2}
    assert (
        list(Member.objects.order_by("pk").values())
        + list(Membership.objects.order_by("pk").values())
        == before
    )


def test_a_newer_roll_updates_what_it_says_and_leaves_the_rest(plant7, bo):
    taken_in(a_roll(a_person(1, 部门="装配", 技能等级="中级工")), plant7, bo)
    newer = a_person(1, 技能等级="高级工", 手机号码="19900004321", 会籍状态="退休")
    roll = taken_in(a_roll(newer), plant7, bo)
    assert roll.counts["effects"] == {"updated": 1}
    member = Member.objects.get()
    live = member.memberships.get()
    assert (member.skill_grade, member.phone, live.department, live.standing) == (
        4,
        "19900004321",
        "装配",
        "retained",
    )
    assert list(find("4321", under(plant7))) == [member]
    assert list(find("0001", under(plant7))) == []


def test_a_roll_without_phones_keeps_the_phones(plant7, bo):
    taken_in(a_roll(a_person(1)), plant7, bo)
    taken_in(a_roll(a_person(1, 手机号码="", 部门="研发")), plant7, bo)
    member = Member.objects.get()
    assert member.phone == "19900000001"
    assert list(find("19900000001", under(plant7))) == [member]


def test_a_member_of_another_union_is_asked_for_and_not_taken_over(plant7, harbour2, bo, cai):
    taken_in(a_roll(a_person(1, 所属工会="二号港工会")), harbour2, cai)
    roll = taken_in(a_roll(a_person(1, 部门="装配")), plant7, bo)
    assert roll.counts["effects"] == {"elsewhere": 1}
    assert Membership.objects.get().union == harbour2
    request = TransferRequest.objects.get()
    assert (request.from_union, request.to_union, request.asked_by) == (harbour2, plant7, bo)
    assert (request.department, request.state) == ("装配", "asked")
    taken_in(a_roll(a_person(1)), plant7, bo)
    assert TransferRequest.objects.count() == 1


def test_another_unions_member_is_not_found_out_by_guessing_her_name(plant7, harbour2, bo, cai):
    taken_in(a_roll(a_person(1, 所属工会="二号港工会")), harbour2, cai)
    roll = sent_in(a_roll(a_person(1, "何立夏")), plant7, bo)
    assert roll.counts["reasons"] == {"ID_NAME_CONFLICT": 1}
    assert "二号港" not in roll.roll_rows.get(verdict="rejected").values


def test_her_own_union_may_correct_a_name(plant7, bo):
    first = taken_in(a_roll(a_person(1)), plant7, bo)
    roll = taken_in(a_roll(a_person(1, "周小露")), plant7, bo)
    assert roll.counts["changes"] == {"name": 1}
    assert Member.objects.get().name == "周小露"
    row = roll.roll_rows.get(effect="updated")
    assert json.loads(row.changes) == [["name", "周白露", "周小露", first.batch_id]]
    assert json.loads(Change.objects.get().was) == "周白露"


def test_who_left_is_taken_in_again_with_her_history(plant7, bo):
    taken_in(a_roll(a_person(1)), plant7, bo)
    Membership.objects.update(left_on=TODAY)
    roll = taken_in(a_roll(a_person(1)), plant7, bo)
    assert roll.counts["effects"] == {"returned": 1}
    assert Member.objects.count() == 1
    assert Membership.objects.count() == 2


def test_only_unions_below_are_known(plant7, harbour2, bo):
    roll = sent_in(a_roll(a_person(1, 所属工会="二号港工会")), plant7, bo)
    assert roll.counts["reasons"] == {"UNION_NOT_FOUND": 1}


def test_a_branch_is_known_when_its_name_is_nobody_elses(district, plant7, harbour2):
    tree.found("一分会", parent=plant7, level=Union.Level.BRANCH)
    assert "一分会" in unions_that_take_members(district)
    tree.found("一分会", parent=harbour2, level=Union.Level.BRANCH)
    assert "一分会" not in unions_that_take_members(district)
    assert "一分会" in unions_that_take_members(plant7)


def test_somebody_admitted_between_check_and_yes_is_seen(plant7, harbour2, bo):
    person = a_person(1)
    roll = sent_in(a_roll(person, a_person(2, "何立夏")), plant7, bo)
    members.admit(
        "周白露",
        union=harbour2,
        id_kind=Member.IdKind.RESIDENT,
        id_number=person["证件号码"],
        phone="19900009999",
    )
    members.confirm_roll(roll, by=bo)
    members.take_in_confirmed_rolls()
    roll.refresh_from_db()
    assert roll.counts["verdicts"] == {"not_data": 1, "accepted": 2}
    assert roll.counts["effects"] == {"elsewhere": 1, "new": 1}
    assert Membership.objects.filter(union=plant7).count() == 1


def test_a_worker_that_dies_is_followed_by_another(plant7, bo):
    roll = sent_in(a_roll(*[a_person(n) for n in range(1, 8)]), plant7, bo)
    members.confirm_roll(roll, by=bo)
    assert members.take_in_next(roll.pk, limit=3)
    roll.refresh_from_db()
    assert (roll.state, Member.objects.count()) == ("running", 3)
    members.take_in_confirmed_rolls()
    roll.refresh_from_db()
    assert (roll.state, roll.next_place, Member.objects.count()) == ("done", roll.rows, 7)


def test_a_yes_is_said_once(plant7, bo):
    roll = sent_in(a_roll(a_person(1)), plant7, bo)
    members.confirm_roll(roll, by=bo)
    with pytest.raises(Refused):
        members.confirm_roll(roll, by=bo)
    with pytest.raises(Refused):
        members.discard_roll(roll, by=bo)
    assert Entry.objects.filter(action="members.roll_imported").count() == 1


def test_a_roll_taken_down_leaves_nothing_that_was_read(plant7, bo):
    roll = sent_in(a_roll(a_person(1)), plant7, bo)
    members.discard_roll(roll, by=bo)
    roll.refresh_from_db()
    assert (roll.state, roll.content, RollRow.objects.count()) == ("discarded", None, 0)
    assert not roll.newcomers.exists()


def test_a_file_that_cannot_be_read_says_why(plant7, bo):
    roll = sent_in(b"PK\x03\x04 nonsense", plant7, bo)
    assert (roll.state, roll.problem) == ("unreadable", "damaged")
    roll = sent_in(write_xlsx(SheetToWrite("表", [Column("甲")], [])), plant7, bo)
    assert (roll.state, roll.problem) == ("unreadable", "no_header")


def test_what_cannot_be_seen_in_a_refused_name_is_not_shown(plant7, bo):
    roll = sent_in(a_roll(a_person(1, "周\u202e白露", 手机号码="1")), plant7, bo)
    (row,) = rows_of(roll, verdict="rejected")
    assert json.loads(row.values)["about"] == "周白露"


def test_what_was_read_is_sealed_and_let_go(plant7, bo):
    from django.db import connection

    roll = sent_in(a_roll(a_person(1), a_person(1)), plant7, bo)
    with connection.cursor() as cursor:
        cursor.execute("SELECT values::text FROM members_roll_row WHERE values IS NOT NULL")
        stored = cursor.fetchall()
        cursor.execute("SELECT new::text FROM members_newcomer new")
        stored += cursor.fetchall()
    assert len(stored) == 2
    for clear in ("19900000001", made_up_id(born=BORN, sequence=2)):
        assert all(clear not in text and clear.encode().hex() not in text for (text,) in stored)
    members.confirm_roll(roll, by=bo)
    members.take_in_confirmed_rolls()
    assert roll.roll_rows.exclude(values=None).count() == 1  # as long as the file itself is kept
    assert roll.newcomers.count() == 1
    RollImport.objects.update(created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    members.forget_old_rolls()
    assert not roll.roll_rows.exclude(values=None).exists()
    assert not roll.newcomers.exists()


def test_a_batch_takes_the_same_number_of_statements_however_long_it_is(
    plant7, bo, django_assert_max_num_queries
):
    for serials in (range(1, 4), range(10, 40)):
        roll = sent_in(a_roll(*[a_person(n) for n in serials]), plant7, bo)
        members.confirm_roll(roll, by=bo)
        with django_assert_max_num_queries(14):
            members.take_in_next(roll.pk)
        with django_assert_max_num_queries(8):  # nothing is left: count, let go, be done
            assert not members.take_in_next(roll.pk)


def test_the_whole_district_is_taken_in(db):
    content = shared_file("unions.xlsx").read_bytes()
    tree.take_in_file(content, name="unions.xlsx")
    top = Union.objects.get_first_root_node()
    roll = taken_in(shared_file("roster_20k.xlsx").read_bytes(), top)
    assert roll.counts["verdicts"] == {
        "accepted": 19843,
        "accepted_normalised": 70,
        "rejected": 87,
        "not_data": 1,
    }
    assert roll.counts["effects"] == {"new": 19913}
    assert Member.objects.count() == Membership.objects.filter(left_on=None).count() == 19913


def test_two_workers_never_take_a_person_in_twice(transactional_db, plant7, bo):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    roll = sent_in(a_roll(*[a_person(n) for n in range(1, 60)]), plant7, bo)
    members.confirm_roll(roll, by=bo)

    def work(_nth: int) -> None:
        try:
            while members.take_in_next(roll.pk, limit=5):
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    members.take_in_confirmed_rolls()
    roll.refresh_from_db()
    assert (roll.state, Member.objects.count()) == ("done", 59)


def test_the_roll_that_got_its_yes_first_goes_in_first(plant7, bo):
    rolls = [sent_in(a_roll(a_person(1, name)), plant7, bo) for name in ("周白露", "何立夏")]
    for roll in reversed(rolls):
        members.confirm_roll(roll, by=bo)
    RollImport.objects.filter(pk=rolls[1].pk).update(
        file_name="后来写的行.xlsx"
    )  # it lies last now
    members.take_in_confirmed_rolls()
    assert Member.objects.get().name == "周白露"  # the second to go in corrects the first
    assert Change.objects.get().column == "name"


def test_two_rolls_with_the_same_people_meet_without_harm(transactional_db, plant7, bo):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    rolls = [sent_in(a_roll(*[a_person(n) for n in range(1, 40)]), plant7, bo) for _ in range(2)]
    for roll in rolls:
        members.confirm_roll(roll, by=bo)

    def work(roll: RollImport) -> None:
        try:
            while members.take_in_next(roll.pk, limit=4):
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, rolls))
    assert Member.objects.count() == 39
    assert Membership.objects.filter(left_on=None).count() == 39


def test_a_file_with_a_long_name_and_a_name_too_long_for_the_roll_are_judged(plant7):
    content = a_roll(a_person(1), a_person(2, name="周" * 81))
    roll = sent_in(content, plant7, name="名" * 90 + ".xlsx")
    assert roll.counts["reasons"] == {"NAME_INVALID": 1}
    csv = "姓名,证件号码,所属工会\n".encode()
    assert sent_in(csv, plant7, name="册" * 90 + ".csv").state == RollImport.State.CHECKED


def test_a_roll_that_cannot_be_gone_on_with_stops_no_other(plant7):
    broken = members.receive_roll(b"x", name="坏.xlsx", union=plant7, by=None, as_of=TODAY)
    RollImport.objects.filter(pk=broken.pk).update(content="x")  # no base 64
    roll = sent_in(a_roll(a_person(1)), plant7)
    assert roll.state == RollImport.State.CHECKED
    RollImport.objects.filter(pk=broken.pk).update(state=RollImport.State.RUNNING)
    RollRow.objects.create(
        roll_import=broken, place=0, sheet="1", row=2, verdict="accepted", values="{"
    )
    members.confirm_roll(roll, by=None)
    members.take_in_confirmed_rolls()
    roll.refresh_from_db()
    assert roll.state == RollImport.State.DONE


def test_a_roll_that_trips_us_up_does_not_stop_the_others(plant7, bo):
    broken = members.receive_roll(
        a_roll(a_person(1)), name="a.xlsx", union=plant7, by=bo, as_of=TODAY
    )
    RollImport.objects.filter(pk=broken.pk).update(content="x")
    sound = sent_in(a_roll(a_person(1)), plant7, bo)
    broken.refresh_from_db()
    assert (broken.state, broken.problem, broken.content) == ("unreadable", "failed", None)
    assert sound.state == "checked"


def test_a_batch_that_fails_stands_still_and_goes_on_later(plant7, bo):
    stuck, sound = (sent_in(a_roll(a_person(n)), plant7, bo) for n in (1, 2))
    for roll in (stuck, sound):
        members.confirm_roll(roll, by=bo)
    good = stuck.roll_rows.get(verdict="accepted").values
    stuck.roll_rows.filter(verdict="accepted").update(values="{}")
    members.take_in_confirmed_rolls()
    stuck.refresh_from_db()
    assert (stuck.state, Member.objects.count()) == ("running", 1)
    stuck.roll_rows.filter(verdict="accepted").update(values=good)
    members.take_in_confirmed_rolls()
    assert Member.objects.count() == 2


def test_odd_characters_do_not_reach_the_database(plant7, bo):
    taken_in(a_roll(a_person(1, 部门="装配\u202e\u200b车间")), plant7, bo)
    assert Membership.objects.get().department == "装配车间"
