from __future__ import annotations

import datetime as dt
import gc

import pytest
from django.db import IntegrityError, connection, transaction

from unionhall.base import collector, copying
from unionhall.base.copying import change_in, copy_in, next_ids
from unionhall.people.members.models import Member, Membership, RollImport, RollRow

PERSON = ("id", "name", "id_kind", "id_number", "id_index", "phone", "phone_index",
          "phone_tail_index", "sex", "ethnicity", "education", "employment")  # fmt: skip


def a_person(pk, index="1:x", name="周白露\t\\N\n𠮷"):
    return (pk, name, "resident", "990100199006210021", index, None, "", "", "", "", "", "")


def test_rows_come_out_as_they_went_in(db):
    one, two = next_ids(Member, 2)
    copy_in(Member, PERSON, [a_person(one), a_person(two, "1:y")])
    found = Member.objects.get(pk=one)
    assert found.name == "周白露\t\\N\n𠮷"
    assert found.id_number == "990100199006210021"
    assert found.phone is None
    assert Member.objects.create(id_index="1:z", id_number="x").pk > two


def test_lists_and_nothing_come_out_as_they_went_in(plant7):
    roll = RollImport.objects.create(union=plant7, file_name="x", as_of="2026-11-20")
    columns = ("roll_import", "place", "sheet", "row", "verdict", "reason_codes",
               "normalisations", "warnings", "effect", "values", "member")  # fmt: skip
    copy_in(RollRow, columns, [(roll.pk, 0, "表", 1, "x", ("A", "乙"), (), [], "", None, None)])
    row = RollRow.objects.get()
    assert (row.reason_codes, row.normalisations, row.values) == (["A", "乙"], [], None)


def test_constraints_hold(db):
    one, two = next_ids(Member, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_in(Member, PERSON, [a_person(one), a_person(two)])
    assert not Member.objects.exists()


def test_a_row_that_breaks_off_leaves_nothing(db):
    (one,) = next_ids(Member, 1)

    def rows():
        yield a_person(one)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        copy_in(Member, PERSON, rows())
    assert not Member.objects.exists()


def test_only_the_columns_that_are_named_change(db, django_assert_num_queries):
    one, two, three = next_ids(Member, 3)
    copy_in(Member, PERSON, [a_person(pk, f"1:{pk}") for pk in (one, two, three)])
    said = {
        one: {"phone": "19900000001", "born_on": dt.date(1990, 6, 21), "front_line": True},
        two: {"phone": None, "born_on": None, "front_line": None},
        three: {"name": "{\"'\\,}\t𠮷"},
    }
    with django_assert_num_queries(2):  # one for each set of columns
        change_in(Member, said)
    found = Member.objects.in_bulk([one, two, three])
    assert found[one].phone == "19900000001"
    assert (found[one].born_on, found[one].front_line) == (dt.date(1990, 6, 21), True)
    assert (found[two].phone, found[two].born_on, found[two].front_line) == (None, None, None)
    assert found[three].name == "{\"'\\,}\t𠮷"
    assert found[one].name == found[two].name == "周白露\t\\N\n𠮷"
    assert found[three].id_number == "990100199006210021"


def test_nothing_to_change_asks_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        change_in(Member, {1: {}})


def test_many_are_found_by_one_array(db):
    copy_in(Member, PERSON, [a_person(pk, f"1:{pk}") for pk in next_ids(Member, 3)])
    wanted = [one.id_index for one in Member.objects.order_by("pk")[:2]]
    assert Member.objects.filter(id_index__any_of=[*wanted, "1:nobody"]).count() == 2
    assert not Member.objects.filter(id_index__any_of=[]).exists()


def test_the_collector_is_on_again_afterwards():
    with pytest.raises(ZeroDivisionError), collector.paused():
        with collector.paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise ZeroDivisionError
    assert gc.isenabled()


def rows_read_one_after_another(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = %s", [table]
        )
        return cursor.fetchone()[0]


def members_come(union, first, number):
    """They and their memberships; the foreign keys are looked up before this returns."""
    ids = next_ids(Member, number)
    copy_in(Member, PERSON, [a_person(pk, f"1:{first + n}") for n, pk in enumerate(ids)])
    columns = ("member", "union", "standing", "department")
    copy_in(Membership, columns, [(pk, union.pk, "current", "") for pk in ids])
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.parametrize("anew", [True, False], ids=["planned anew", "control"])
def test_many_rows_are_not_looked_for_by_a_plan_for_few(plant7, anew, monkeypatch):
    """A worker that saw the first member come takes in a whole roll."""
    if not anew:
        monkeypatch.setattr(copying, "plan_anew", lambda: None)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE members_member CASCADE")  # what other tests left makes it large
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        members_come(plant7, 0, 1)
        cursor.execute("ANALYZE members_member")
    for serial in range(1, 9):
        members_come(plant7, serial, 1)
    before = rows_read_one_after_another("members_member")
    members_come(plant7, 100, 2000)
    read = rows_read_one_after_another("members_member") - before
    assert (read < 2000) == anew
