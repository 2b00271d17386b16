"""A list of unions that comes again: compared, said yes to, taken in by the worker, put back."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.utils import timezone

from unionhall.base.chinese_ids import organisation_check, uscc_check
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.base.spreadsheets import Column, SheetToWrite, write_xlsx
from unionhall.people.members import actions as members
from unionhall.people.members.models import Member
from unionhall.people.unions import actions as unions
from unionhall.people.unions.invariants import INVARIANTS
from unionhall.people.unions.models import Change, Edge, ListImport, Union
from unionhall.people.unions.queries import built_on_list, checks_built_on_list, list_sent_before
from unionhall.people.unions.tests.test_actions_import import said_yes, sent_in


def a_code(number: int) -> str:
    """A credit code of the test region."""
    first8 = f"{number:08}"
    first17 = f"81990100{first8}{organisation_check(first8)}"
    return first17 + uscc_check(first17)


CODES = [a_code(n) for n in range(1, 6)]
HEADINGS = ("工会名称", "上级工会", "组织级别", "统一社会信用代码", "职工人数", "主席")


def a_list(*rows: tuple[object, ...]) -> bytes:
    filled = [(*row, *[None] * (len(HEADINGS) - len(row))) for row in rows]
    columns = [Column(name, "integer" if "人数" in name else "text") for name in HEADINGS]
    return write_xlsx(SheetToWrite("台账", columns, filled))


@pytest.fixture
def coded(district, plant7, harbour2):
    """Two plants with their codes under the district."""
    Union.objects.filter(pk=plant7.pk).update(uscc=CODES[0], workers=10)
    Union.objects.filter(pk=harbour2.pk).update(uscc=CODES[1])
    return district


def the_tree() -> dict[str, object]:
    """All that an import may touch, by what it says."""
    names = dict(Union.objects.values_list("path", "name"))
    columns = ("name", "level", "uscc", "workers", "chair", "numchild", "depth")
    return {
        "unions": [
            (names.get(one["path"][: -Union.steplen], ""), *[one[name] for name in columns])
            for one in Union.objects.order_by("name", "path").values("path", *columns)
        ],
        "edges": sorted(
            Edge.objects.values_list("union__name", "parent__name", "until_on"), key=str
        ),
        "changes": Change.objects.count(),
    }


def sound() -> bool:
    return not any(list(one.offenders()) for one in INVARIANTS)


def test_a_renamed_union_is_known_by_its_code(coded, plant7, fu):
    unions.found("一分会", parent=plant7, level=4)
    content = a_list(
        ("新七号厂工会", coded.name, "3", CODES[0], 12), ("一分会", "新七号厂工会", "4", None, 5)
    )
    sent = sent_in(content, fu)
    assert sent.counts["effects"] == {"updated": 2}
    row = sent.list_rows.get(place=1)
    assert json.loads(row.changes) == [
        ["name", "七号厂工会", "新七号厂工会", None],
        ["workers", 10, 12, None],
    ]
    said_yes(sent, fu)
    plant7.refresh_from_db()
    assert (plant7.name, plant7.workers) == ("新七号厂工会", 12)
    assert Union.objects.get_children(plant7).get().workers == 5
    assert json.loads(Change.objects.get(union=plant7, column="name").was) == "七号厂工会"


def test_who_said_the_former_value_is_told(coded, plant7, fu):
    first = said_yes(sent_in(a_list((plant7.name, coded.name, "3", None, 11)), fu), fu)
    again = sent_in(a_list((plant7.name, coded.name, "3", None, 12)), fu)
    assert json.loads(again.list_rows.get(place=1).changes) == [["workers", 11, 12, first.batch_id]]


def test_a_union_is_moved_only_if_a_person_said_so(coded, plant7, harbour2, fu):
    content = a_list((plant7.name, harbour2.name, "3", CODES[0], 30))
    sent = sent_in(content, fu)
    assert sent.counts["effects"] == {"moved": 1}
    assert json.loads(sent.list_rows.get(place=1).changes)[0] == [
        "parent", coded.name, harbour2.name, None,
    ]  # fmt: skip
    said_yes(sent, fu)
    plant7.refresh_from_db()
    assert (Union.objects.get_parent(plant7), plant7.workers) == (coded, 30)
    again = said_yes(sent_in(content, fu), fu, moves=True)
    plant7.refresh_from_db()
    assert Union.objects.get_parent(plant7) == harbour2
    assert [edge.parent for edge in plant7.edges.order_by("pk")] == [coded, harbour2]
    assert Change.objects.get(column="parent").entry_id == again.batch_id
    assert sound()


def test_a_move_takes_all_below_along_and_new_ones_grow_there(coded, plant7, harbour2, fu):
    unions.found("一分会", parent=plant7, level=4)
    content = a_list(
        ("二分会", plant7.name, "4"),
        (plant7.name, "新港务工会", "3", CODES[0]),
        ("新港务工会", harbour2.name, "3"),
    )
    said_yes(sent_in(content, fu), fu, moves=True)
    plant7.refresh_from_db()
    assert Union.objects.get_parent(plant7).name == "新港务工会"
    assert {one.name for one in Union.objects.get_children(plant7)} == {"一分会", "二分会"}
    assert sound()


def test_a_union_is_never_moved_below_itself(coded, plant7, fu):
    below = unions.found("车间工会", parent=plant7, level=3)
    sent = sent_in(a_list((plant7.name, below.name, "3", CODES[0])), fu)
    assert sent.list_rows.get(place=1).reason_codes == ["PARENT_CYCLE"]
    both = sent_in(a_list((plant7.name, "二号港工会", "3"), ("二号港工会", plant7.name, "3")), fu)
    assert {tuple(row.reason_codes) for row in both.list_rows.exclude(place=0)} == {
        ("PARENT_CYCLE",)
    }


def test_a_circle_that_closes_between_check_and_yes_is_refused(coded, plant7, harbour2, fu):
    sent = sent_in(a_list((plant7.name, harbour2.name, "3", CODES[0])), fu)
    unions.move(harbour2, parent=plant7, by=fu)
    done = said_yes(sent, fu, moves=True)
    assert done.list_rows.get(place=1).reason_codes == ["PARENT_CYCLE"]
    assert done.counts["verdicts"]["rejected"] == 1
    assert sound()


def test_a_union_that_left_the_senders_part_since_the_check_is_not_founded_again(
    bo, coded, plant7, harbour2, fu
):
    away = unions.found("一分会", parent=plant7, level=4)
    content = a_list(("一分会", plant7.name, "4", None, 5), ("三分会", plant7.name, "4"))
    sent = sent_in(content, bo)
    assert sent.counts["effects"] == {"updated": 1, "founded": 1}
    unions.move(away, parent=harbour2, by=fu)
    done = said_yes(sent, bo)
    assert Union.objects.get(name="一分会").workers == 0
    assert done.list_rows.get(place=1).reason_codes == ["UNION_OUT_OF_SCOPE"]
    assert (done.counts["effects"], done.counts["verdicts"]["rejected"]) == ({"founded": 1}, 1)
    assert sound()


def test_nothing_grows_under_a_namesake_of_a_union_that_left(bo, coded, plant7, harbour2, fu):
    away = unions.found("车间工会", parent=plant7, level=3)
    content = a_list(("车间工会", plant7.name, "3", None, 5), ("一分会", "车间工会", "4"))
    sent = sent_in(content, bo)
    unions.move(away, parent=harbour2, by=fu)
    beside = unions.found("车间工会", parent=plant7, level=3)
    done = said_yes(sent, bo)
    codes = [row.reason_codes for row in done.list_rows.order_by("place")][1:]
    assert codes == [["UNION_OUT_OF_SCOPE"], ["PARENT_NOT_FOUND"]]
    beside.refresh_from_db()
    assert (beside.workers, beside.numchild) == (0, 0)


def test_a_code_that_is_anothers_is_refused(coded, plant7, harbour2, fu):
    content = a_list(
        (plant7.name, coded.name, "3", CODES[1]), (harbour2.name, coded.name, "3", CODES[1])
    )
    sent = sent_in(content, fu)
    assert [row.reason_codes for row in sent.list_rows.order_by("place")][1:] == [
        ["USCC_TAKEN"], [],
    ]  # fmt: skip


def test_a_parent_of_whom_there_are_two_is_refused(coded, plant7, harbour2, fu):
    for parent in (plant7, harbour2):
        unions.found("车间工会", parent=parent, level=3)
    sent = sent_in(a_list(("一分会", "车间工会", "4")), fu)
    assert sent.list_rows.get(place=1).reason_codes == ["PARENT_AMBIGUOUS"]


def test_whoever_is_not_named_is_listed_and_stays(coded, plant7, harbour2, fu):
    third = unions.found("三号码头工会", parent=coded, level=3)
    unions.found("四号码头工会", parent=harbour2, level=3)
    content = a_list((plant7.name, coded.name, "3", CODES[0], 99), (third.name, coded.name, "九"))
    sent = said_yes(sent_in(content, fu), fu)
    assert list(sent.absent.all()) == [harbour2]  # a refused row may mean the third
    assert Union.objects.count() == 5


def test_the_senders_own_top_may_stand_in_her_list(bo, coded, plant7):
    content = a_list((plant7.name, coded.name, "3", CODES[0], 44), ("一分会", plant7.name, "4"))
    sent = said_yes(sent_in(content, bo), bo)
    assert sent.counts["effects"] == {"updated": 1, "founded": 1}
    plant7.refresh_from_db()
    assert plant7.workers == 44
    assert Union.objects.get_parent(plant7) == coded


def test_batches_of_any_size_end_in_the_same_tree(coded, plant7, fu):
    rows = [(f"{n}号厂工会", f"{n - 1}号厂工会" if n else coded.name, "3") for n in range(9)]
    sent = sent_in(a_list(*reversed(rows), (plant7.name, "8号厂工会", "3", CODES[0])), fu)
    unions.confirm_list(sent, by=fu, moves=True)
    steps = 0
    while unions.take_in_next_of_list(sent.pk, limit=2):
        steps += 1
        assert sound()
    assert steps == 5
    plant7.refresh_from_db()
    assert plant7.depth == 11
    assert ListImport.objects.get().state == "done"


def test_one_import_is_one_entry_that_its_unions_carry(coded, fu):
    sent = said_yes(sent_in(a_list(("九号厂工会", coded.name, "3", None, 5, "周白露")), fu), fu)
    entry = Entry.objects.get(action="unions.list_imported")
    assert Union.objects.get(name="九号厂工会").batch_id == sent.batch_id == entry.pk
    assert entry.detail == {"moves": False, "founded": 1}
    assert "周白露" not in json.dumps(list(Entry.objects.values_list("detail", flat=True)))


def test_an_import_is_put_back_as_if_it_had_never_been(coded, plant7, harbour2, fu):
    unions.found("一分会", parent=plant7, level=4)
    before = the_tree()
    content = a_list(
        ("新七号厂工会", "新港务工会", "3", CODES[0], 77),
        ("新港务工会", harbour2.name, "3", CODES[2]),
        ("二分会", "新七号厂工会", "4"),
        ("一分会", "新七号厂工会", "4", None, 3),
    )
    sent = said_yes(sent_in(content, fu), fu, moves=True)
    assert the_tree() != before
    unions.undo_list(sent, by=fu, reason="传错了文件")
    assert the_tree() == before
    assert sound()
    sent.refresh_from_db()
    assert (sent.state, sent.undone_because) == ("undone", "传错了文件")
    with pytest.raises(Refused):
        unions.undo_list(sent, by=fu, reason="再撤一次")
    assert said_yes(sent_in(content, fu), fu, moves=True).counts == sent.counts


@pytest.mark.parametrize("built", ["member", "office", "child", "change", "list", "moved"])
def test_what_was_built_on_an_import_stands_in_the_way(coded, plant7, harbour2, fu, dee, built):
    content = a_list(
        ("九号厂工会", coded.name, "3", CODES[2]), (plant7.name, coded.name, "3", None, 50)
    )
    sent = said_yes(sent_in(content, fu), fu)
    new = Union.objects.get(name="九号厂工会")
    if built == "member":
        kind = Member.IdKind.PASSPORT
        members.admit("何立夏", union=new, id_kind=kind, id_number="E12345678", phone="")
    elif built == "office":
        unions.appoint(dee, union=new, role="chair")
    elif built == "child":
        unions.found("一分会", parent=new, level=4)
    elif built == "change":
        said_yes(sent_in(a_list((plant7.name, coded.name, "3", None, 51)), fu), fu)
    elif built == "list":
        said_yes(sent_in(content, fu), fu)
    else:
        unions.move(harbour2, parent=new, by=fu)
    before = the_tree()
    assert built_on_list(sent, fu)
    with pytest.raises(Refused) as caught:
        unions.undo_list(sent, by=fu, reason="传错了")
    assert caught.value.code == "built_on"
    assert the_tree() == before


def test_a_former_name_that_is_anothers_by_now_stands_in_the_way(coded, plant7, fu):
    content = a_list(("新七号厂工会", coded.name, "3", CODES[0]))
    sent = said_yes(sent_in(content, fu), fu)
    unions.found("七号厂工会", parent=coded, level=3)
    assert [one.times for one in built_on_list(sent, fu)] == [1]
    Union.objects.filter(name="七号厂工会").update(name="八号厂工会")
    assert built_on_list(sent, fu) == []


def test_what_a_later_list_says_again_stands_in_the_way(coded, plant7, fu):
    first = said_yes(sent_in(a_list((plant7.name, coded.name, "3", None, 50)), fu), fu)
    rows = ((plant7.name, coded.name, "3", None, 50), ("一分会", plant7.name, "4"))
    later = said_yes(sent_in(a_list(*rows), fu), fu)
    with pytest.raises(Refused) as caught:
        unions.undo_list(first, by=fu, reason="传错了")
    assert "别的台账里又写到的工会 1 处" in caught.value.why
    unions.undo_list(later, by=fu, reason="也传错了")
    unions.undo_list(first, by=fu, reason="传错了")
    plant7.refresh_from_db()
    assert plant7.workers == 10


def test_a_list_without_a_yes_is_checked_anew_and_then_founds_them(coded, plant7, fu):
    content = a_list(("九号厂工会", coded.name, "3", CODES[2]))
    first = said_yes(sent_in(content, fu), fu)
    again, below = sent_in(content, fu), sent_in(a_list(("一分会", "九号厂工会", "4")), fu)
    other = sent_in(a_list((plant7.name, coded.name, "3", None, 50)), fu)
    assert again.counts["effects"] == {"unchanged": 1}
    assert set(checks_built_on_list(first)) == {again, below}
    unions.undo_list(first, by=fu, reason="传错了")
    kept = {
        one: (one.state, one.list_rows.count()) for one in ListImport.objects.exclude(pk=first.pk)
    }
    assert kept == {again: ("received", 0), below: ("received", 0), other: ("checked", 2)}
    unions.check_waiting_lists()
    again.refresh_from_db()
    assert again.counts["effects"] == {"founded": 1}
    said_yes(again, fu)
    assert Union.objects.filter(name="九号厂工会").exists()


def test_what_an_earlier_list_said_does_not_stand_in_the_way(coded, plant7, fu):
    said_yes(sent_in(a_list((plant7.name, coded.name, "3", None, 40)), fu), fu)
    sent = said_yes(sent_in(a_list((plant7.name, coded.name, "3", None, 50)), fu), fu)
    unions.undo_list(sent, by=fu, reason="传错了")
    plant7.refresh_from_db()
    assert plant7.workers == 40


def test_the_same_file_is_known_again_with_its_sender_and_day(coded, bo, plant7, fu, cai):
    content = a_list(("一分会", plant7.name, "4"))
    first = sent_in(content, bo)
    assert list_sent_before(first, bo) is None
    again = sent_in(content, bo)
    assert list_sent_before(again, bo) == first
    assert list_sent_before(sent_in(content, fu), fu) == again  # she is above him
    assert list_sent_before(sent_in(content, cai), cai) is None  # of others nobody hears
    other = sent_in(a_list(("二分会", plant7.name, "4")), bo)
    assert list_sent_before(other, bo) is None


def test_names_of_chairs_are_let_go_and_the_rest_of_the_past_stays(coded, plant7, fu):
    said_yes(sent_in(a_list((plant7.name, coded.name, "3", None, 50, "何立夏")), fu), fu)
    sent = said_yes(sent_in(a_list((plant7.name, coded.name, "3", None, 51, "周白露")), fu), fu)
    old = timezone.now() - dt.timedelta(days=31)
    ListImport.objects.update(created_at=old)
    Change.objects.update(at=old)
    unions.forget_old_lists()
    kept = {one.column: one.was for one in Change.objects.filter(entry_id=sent.batch_id)}
    assert kept == {"workers": "50", "chair": None}
    assert built_on_list(sent, fu)


def test_an_empty_list_can_only_be_taken_down(coded, fu):
    sent = sent_in(a_list(), fu)
    assert (sent.state, sent.turns, sent.counts["effects"]) == ("checked", 0, {})
    unions.discard_list(sent, by=fu)
    assert not ListImport.objects.get().list_rows.exists()
