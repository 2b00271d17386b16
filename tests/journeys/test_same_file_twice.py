"""The same file twice at once: two tabs, a double click, two officers, two workers.

Each race is contended for with real connections, and each has a control that must fail.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.ledger.models import Entry
from unionhall.domain.quiz.actions import bank_imports, taking_banks_in
from unionhall.domain.quiz.models import Question
from unionhall.domain.quiz.models.bank_imports import BankImport, BankImportRow
from unionhall.people.members import actions as members
from unionhall.people.members.actions import newcomers
from unionhall.people.members.models import (
    Member,
    Membership,
    RollImport,
    RollRow,
    TransferRequest,
)
from unionhall.people.members.tests.at_once import meanwhile, together
from unionhall.people.members.tests.test_actions_rolls import TODAY, a_person, a_roll
from unionhall.people.unions import actions as tree
from unionhall.people.unions.actions import taking_in as planting
from unionhall.people.unions.invariants import INVARIANTS
from unionhall.people.unions.models import ListImport, ListRow, Union
from unionhall.people.unions.tests.test_actions_import import a_list

pytestmark = pytest.mark.django_db(transaction=True)
HEADING = "工会名称,上级工会,组织级别\n"
QUESTIONS = (settings.ROOT / "demo/data/questions_safety.xlsx").read_bytes()
PEOPLE = 40


@dataclass(frozen=True)
class Kind:
    """One kind of file on its way in."""

    name: str
    receive: Callable[[Any, Any], Any]  # union, officer
    check: Callable[[int], object]
    confirm: Callable[..., Any]
    discard: Callable[..., Any]
    take_in: Callable[[int], object]  # the next batch
    model: Any
    rows: Any  # of one that was sent, as a queryset
    entry: str
    there: Callable[[], int]  # how much came


def _roll(union: Any, by: Any) -> RollImport:
    content = a_roll(*[a_person(n) for n in range(1, PEOPLE + 1)])
    return members.receive_roll(content, name="名册.xlsx", union=union, by=by, as_of=TODAY)


def _list(union: Any, by: Any) -> ListImport:
    content = a_list(*[(f"{n}分会", union.name, "分会") for n in range(PEOPLE)])
    return tree.receive_list(content, name="台账.xlsx", by=by)


def _bank(union: Any, by: Any) -> BankImport:
    return bank_imports.receive_bank(
        QUESTIONS, name="题.xlsx", union=union, bank_name="安全", by=by
    )


KINDS = [
    Kind(
        "roll", _roll, members.check_roll, members.confirm_roll, members.discard_roll,
        lambda pk: members.take_in_next(pk, limit=7), RollImport,
        lambda pk: RollRow.objects.filter(roll_import=pk), "members.roll_imported",
        Membership.objects.filter(left_on=None).count,
    ),
    Kind(
        "list", _list, tree.check_list, tree.confirm_list, tree.discard_list,
        lambda pk: tree.take_in_next_of_list(pk, limit=7), ListImport,
        lambda pk: ListRow.objects.filter(list_import=pk), "unions.list_imported",
        Union.objects.filter(name__endswith="分会").count,
    ),
    Kind(
        "bank", _bank, bank_imports.check_bank, bank_imports.confirm_bank_import,
        bank_imports.discard_bank_import,
        lambda pk: taking_banks_in.take_in_next_questions(pk, limit=7), BankImport,
        lambda pk: BankImportRow.objects.filter(bank_import=pk), "quiz.questions_imported",
        Question.objects.count,
    ),
]  # fmt: skip


@pytest.fixture(params=KINDS, ids=[kind.name for kind in KINDS])
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


def checked(kind: Kind, union, by):
    sent = kind.receive(union, by)
    assert kind.check(sent.pk)
    sent.refresh_from_db()
    assert sent.state == "checked"
    return sent


def to_the_end(kind: Kind, pk: int) -> None:
    while kind.take_in(pk):
        pass


def raised(came: list[object]) -> list[BaseException]:
    return [one for one in came if isinstance(one, BaseException)]


def test_the_same_file_sent_and_confirmed_twice_at_once_comes_in_once(kind, plant7, bo):
    both = together([lambda: kind.receive(plant7, bo)] * 2)
    assert not raised(both)
    together([lambda sent=sent: kind.check(sent.pk) for sent in both])
    for sent in both:
        sent.refresh_from_db()
    assert not raised(together([lambda sent=sent: kind.confirm(sent, by=bo) for sent in both]))
    came = together([lambda sent=sent: to_the_end(kind, sent.pk) for sent in both])
    assert not raised(came)
    for sent in both:
        to_the_end(kind, sent.pk)
        sent.refresh_from_db()
        assert sent.state == "done"
    once = kind.there()
    again = checked(kind, plant7, bo)
    kind.confirm(again, by=bo)
    to_the_end(kind, again.pk)
    assert kind.there() == once > 0
    assert Entry.objects.filter(action=kind.entry).count() == 3  # one for each yes
    assert not any(list(one.offenders()) for one in INVARIANTS)


def test_a_yes_that_is_pressed_twice_is_said_once(kind, plant7, bo):
    sent = checked(kind, plant7, bo)
    came = together([lambda: kind.confirm(sent, by=bo)] * 4)
    assert [type(one) for one in raised(came)] == [Refused] * 3
    assert Entry.objects.filter(action=kind.entry).count() == 1
    came = together([lambda: to_the_end(kind, sent.pk)] * 3)
    assert not raised(came)
    to_the_end(kind, sent.pk)
    sent.refresh_from_db()
    assert sent.state == "done"


def test_the_control_of_the_yes_fails(kind, plant7, bo):
    """Who looks first and writes then says yes twice."""
    sent, gate = checked(kind, plant7, bo), threading.Barrier(2)

    @transaction.atomic
    def looked_first() -> None:
        assert kind.model.objects.get(pk=sent.pk).state == "checked"
        gate.wait(20)
        entry = ledger.record(kind.entry, sent, by=bo)
        kind.model.objects.filter(pk=sent.pk).update(state="running", batch_id=entry.pk)

    assert not raised(together([looked_first] * 2))
    assert Entry.objects.filter(action=kind.entry).count() == 2


def test_yes_and_no_at_once_are_one_of_them(kind, plant7, bo):
    sent = checked(kind, plant7, bo)
    came = together([lambda: kind.confirm(sent, by=bo), lambda: kind.discard(sent, by=bo)])
    assert [type(one) for one in raised(came)] == [Refused]
    sent.refresh_from_db()
    assert bool(kind.rows(sent.pk).exists()) == (sent.state == "running")
    assert Entry.objects.filter(action=kind.entry).count() == (sent.state == "running")


def test_what_is_taken_down_while_it_is_checked_leaves_no_row(kind, plant7, bo):
    sent = kind.receive(plant7, bo)
    assert meanwhile(lambda: kind.check(sent.pk), lambda: kind.discard(sent, by=bo)) is None
    sent.refresh_from_db()
    assert (sent.state, sent.content) == ("discarded", None)
    assert not kind.rows(sent.pk).exists()


def test_the_control_of_taking_down_fails(kind, plant7, bo):
    """Who deletes before the row has decided leaves what the check is just writing."""
    sent = kind.receive(plant7, bo)

    def rows_first() -> None:
        kind.rows(sent.pk).delete()
        kind.model.objects.filter(pk=sent.pk).update(state="discarded", content=None)

    assert meanwhile(lambda: kind.check(sent.pk), rows_first) is None
    assert kind.rows(sent.pk).exists()


def test_what_was_just_taken_down_is_not_checked(kind, plant7, bo):
    sent = kind.receive(plant7, bo)
    came = meanwhile(lambda: kind.discard(sent, by=bo), lambda: kind.check(sent.pk))
    assert came is False
    assert not kind.rows(sent.pk).exists()


# == Rolls of two unions with the same people ==


@pytest.fixture
def siblings(district, plant7, harbour2, bo, cai):
    """The same people in the rolls of two unions, in opposite order; both were said yes to."""
    people = range(1, PEOPLE + 1)
    ours = a_roll(*[a_person(n) for n in people])
    theirs = a_roll(*[a_person(n, 所属工会=harbour2.name) for n in reversed(people)])
    both = []
    for content, union, by in ((ours, plant7, bo), (theirs, harbour2, cai)):
        sent = members.receive_roll(content, name="a.xlsx", union=union, by=by, as_of=TODAY)
        members.check_roll(sent.pk)
        sent.refresh_from_db()
        both.append(members.confirm_roll(sent, by=by))
    return both


def meeting_half_way(deeds: list[Callable[[], object]]) -> list[object]:
    """Both deeds wait for somebody in the middle of the file, who is entered and then is not."""
    came: list[object] = []
    crowd = threading.Thread(target=lambda: came.extend(together(deeds)), daemon=True)
    middle = a_person(PEOPLE // 2)["证件号码"]
    with transaction.atomic():
        members.admit(
            "周白露", union=Union.objects.first(), id_kind="resident", id_number=middle, phone=""
        )
        crowd.start()
        until = time.monotonic() + 20
        while waiting_now() < len(deeds) and time.monotonic() < until:
            time.sleep(0.02)
        assert waiting_now() == len(deeds)
        transaction.set_rollback(True)
    crowd.join(30)
    return came


def waiting_now() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


def test_two_rolls_of_siblings_with_the_same_people_never_lock_each_other(siblings):
    came = meeting_half_way([lambda roll=roll: members.take_in_next(roll.pk) for roll in siblings])
    assert came == [True, True]
    for roll in siblings:
        while members.take_in_next(roll.pk):
            pass
        roll.refresh_from_db()
        assert roll.state == "done"
    assert Member.objects.count() == Membership.objects.filter(left_on=None).count() == PEOPLE
    asked = TransferRequest.objects.filter(state="asked")
    assert asked.count() == PEOPLE  # of the second, for everybody
    assert asked.values("to_union").distinct().count() == 1
    effects = sorted(str(roll.counts["effects"]) for roll in siblings)
    assert effects == ["{'elsewhere': 40}", "{'new': 40}"]


def test_the_control_of_the_siblings_fails(siblings, monkeypatch):
    """In the order of the files they wait for each other."""
    as_sent = newcomers.ADMIT.replace("ORDER BY id_index", "ORDER BY place")
    monkeypatch.setattr(newcomers, "ADMIT", as_sent)
    came = meeting_half_way([lambda roll=roll: members.take_in_next(roll.pk) for roll in siblings])
    assert any(isinstance(one, OperationalError) for one in came), came


def test_a_roll_is_confirmed_while_another_of_its_union_runs(plant7, bo):
    first, second = (checked(KINDS[0], plant7, bo) for _nth in range(2))
    members.confirm_roll(first, by=bo)
    members.take_in_next(first.pk, limit=10)
    came = together([
        lambda: to_the_end(KINDS[0], first.pk),
        lambda: to_the_end(KINDS[0], members.confirm_roll(second, by=bo).pk),
    ])  # fmt: skip
    assert not raised(came)
    assert Member.objects.count() == Membership.objects.count() == PEOPLE
    first.refresh_from_db()
    second.refresh_from_db()
    assert second.counts["effects"]["unchanged"] >= 10  # whoever was here before its yes
    effects = Counter(first.counts["effects"]) + Counter(second.counts["effects"])
    assert effects == {"new": PEOPLE, "unchanged": PEOPLE}  # each comes once, by either


# == Lists with the same unions ==


def test_the_control_of_the_trees_lock_fails(plant7, bo, monkeypatch):
    """Without it both would take the same place in the tree."""
    monkeypatch.setattr(planting, "lock_tree", lambda: None)
    both = [tree.confirm_list(checked(KINDS[1], plant7, bo), by=bo) for _nth in range(2)]
    came = meanwhile(
        lambda: tree.take_in_next_of_list(both[0].pk),
        lambda: tree.take_in_next_of_list(both[1].pk),
    )
    assert isinstance(came, IntegrityError)
