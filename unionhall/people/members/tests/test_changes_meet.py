"""A roll that changes people meets an officer who changes the same people at the same moment."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from unionhall.base.copying import change_in
from unionhall.people.members import actions as members
from unionhall.people.members.actions import taking_in
from unionhall.people.members.models import Member, Membership
from unionhall.people.members.queries.comparing import on_roll
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, sent_in, taken_in


@pytest.fixture
def roll(transactional_db, plant7, bo):
    """It will say another department of one person, and nothing of her standing."""
    taken_in(a_roll(a_person(1, 部门="装配"), a_person(2, "何立夏", 部门="装配")), plant7, bo)
    one = a_person(1, 部门="研发", 会籍状态="", 入会日期="")
    roll = sent_in(a_roll(one, a_person(2, "何立夏", 部门="研发")), plant7, bo)
    return members.confirm_roll(roll, by=bo)


def while_it_waits(roll, deed):
    """Do ``deed``, begin to take the roll in, and say so only when that waits for us."""
    worker = threading.Thread(target=take_in, args=(roll,))
    with transaction.atomic():
        deed()
        worker.start()
        wait_for_a_lock()
    worker.join()
    roll.refresh_from_db()


def take_in(roll):
    try:
        while members.take_in_next(roll.pk):
            pass
    finally:
        connection.close()


def wait_for_a_lock():
    """Until another connection waits for what this one holds."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted "
                "AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def first() -> Member:
    return Member.objects.order_by("pk").first()


def test_a_retirement_at_the_same_moment_is_not_lost(roll, bo):
    while_it_waits(roll, lambda: members.retire(first(), by=bo))
    live = first().memberships.get()
    assert (roll.state, live.standing, live.department) == ("done", "retained", "研发")


def test_who_leaves_at_the_same_moment_has_not_been_in_two_places(roll, bo):
    while_it_waits(roll, lambda: members.leave(first(), by=bo, why="moved"))
    old, new = first().memberships.order_by("pk")
    assert (old.department, old.left_on is None) == ("装配", False)
    assert (new.department, new.left_on) == ("研发", None)
    assert roll.counts["effects"] == {"returned": 1, "updated": 1}


def test_who_is_transferred_at_the_same_moment_is_asked_for(roll, harbour2, bo):
    while_it_waits(roll, lambda: members.transfer(first(), union=harbour2, by=bo))
    assert roll.counts["effects"] == {"elsewhere": 1, "updated": 1}
    assert Membership.objects.get(member=first(), left_on=None).union == harbour2


def test_without_the_lock_the_retirement_would_be_lost(roll, bo, monkeypatch):
    """The control: what stood there is read without a lock and written back whole."""
    stood = {}

    def unlocked(numbers, *, lock):
        found = on_roll(numbers)
        stood.update({one.live.pk: one.live for one in found.values() if one.live})
        return found

    def whole(model, said):
        if model is Membership:
            columns = ("standing", "department", "joined_on")
            said = {
                pk: {name: getattr(stood[pk], name) for name in columns} | row
                for pk, row in said.items()
            }
        change_in(model, said)

    monkeypatch.setattr(taking_in, "on_roll", unlocked)
    monkeypatch.setattr(taking_in, "change_in", whole)
    while_it_waits(roll, lambda: members.retire(first(), by=bo))
    assert first().memberships.get().standing == "current"


def test_a_roll_writes_only_the_columns_that_it_changes(roll):
    with CaptureQueriesContext(connection) as said:
        members.take_in_next(roll.pk)
    (update,) = (one["sql"] for one in said if 'UPDATE "members_membership"' in one["sql"])
    assert "department" in update
    assert "standing" not in update
