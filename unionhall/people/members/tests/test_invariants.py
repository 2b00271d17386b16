"""Each invariant is green on what the actions make, and red on what they would never make."""

from __future__ import annotations

import datetime as dt

import pytest

from unionhall.people.members import invariants
from unionhall.people.members.models import Member, Membership, RollImport, TransferRequest
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, taken_in


def offenders() -> dict[str, list[str]]:
    return {one.sentence: list(one.offenders()) for one in invariants.INVARIANTS}


@pytest.fixture
def sound(plant7, bo):
    taken_in(
        a_roll(a_person(1), a_person(2, "何立夏", 手机号码=""), a_person(3, "何1")), plant7, bo
    )
    assert not any(offenders().values())


def broken() -> list[str]:
    return [sentence for sentence, found in offenders().items() if found]


LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("model", "change", "sentence"),
    [
        (Member, {"id_index": "1:x"}, "Every member is found by the numbers on record."),
        (Member, {"phone_index": "1:x"}, "Every member is found by the numbers on record."),
        (Member, {"phone_tail_index": "1:x"}, "Every member is found by the numbers on record."),
        (Member, {"phone": None}, "Every member is found by the numbers on record."),
        (Membership, {"left_on": dt.date(2000, 1, 1)}, "Nobody left a union before joining it."),
        (RollImport, {"batch_id": None}, "No roll is taken in without a yes in the ledger."),
        (
            RollImport,
            {"created_at": LONG_AGO},
            "What was read of people is let go when it has served.",
        ),
        (
            RollImport,
            {"state": "discarded"},
            "What was read of people is let go when it has served.",
        ),
    ],
)
def test_a_planted_offence_is_found(sound, model, change, sentence):
    first = model.objects.order_by("pk").first()
    model.objects.filter(pk=first.pk).update(**change)
    assert broken() == [sentence]


def test_somebody_who_is_nowhere_is_found(sound):
    Membership.objects.filter(member=Member.objects.order_by("pk").first()).delete()
    assert broken() == ["Everybody on the roll is or was in a union."]


def test_somebody_who_was_let_go_and_did_not_arrive_is_found(sound, plant7, harbour2, bo):
    somebody = Member.objects.order_by("pk").first()
    TransferRequest.objects.create(
        member=somebody, from_union=plant7, to_union=harbour2, state="agreed"
    )
    assert broken() == ["Whoever was let go to another union is or was in it."]
