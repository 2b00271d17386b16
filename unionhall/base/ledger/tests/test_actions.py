from __future__ import annotations

import pytest

from unionhall.base.ledger import actions as ledger
from unionhall.base.ledger.invariants import INVARIANTS
from unionhall.base.ledger.queries import entries_of
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Union

from .test_append_only import partitions, run

pytestmark = pytest.mark.django_db


def test_an_entry_says_who_did_what_to_what(plant7: Union, bo: User) -> None:
    ledger.record("unions.union_looked_at", plant7, by=bo, union_id=plant7.pk, fact=1)
    entry = entries_of(plant7)[0]
    assert (entry.action, entry.by_id, entry.union_id, entry.detail) == (
        "unions.union_looked_at",
        bo.pk,
        plant7.pk,
        {"fact": 1},
    )
    assert str(entry).endswith(f"unions.union_looked_at unions.union {plant7.pk}")


def test_many_entries_take_one_statement(
    plant7: Union, harbour2: Union, bo: User, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        ledger.record_each(
            "unions.counted", [(plant7, {"nth": 1}), (harbour2, {"nth": 2})], by=bo.pk
        )
    entries = [entries_of(union)[0] for union in (plant7, harbour2)]
    assert [(one.detail, one.by_id) for one in entries] == [
        ({"nth": 1}, bo.pk),
        ({"nth": 2}, bo.pk),
    ]


@pytest.mark.parametrize(
    ("sentence", "offence"),
    [
        (
            "Every entry lies in the partition of its month",
            "INSERT INTO ledger_entry (at, action, subject_type, subject_id, detail)"
            " VALUES ('2001-02-03', 'x.y', 'x', 1, '{}')",
        ),
        ("The ledger has a partition for this month and the next", "DROP TABLE {next}"),
        (
            "The ledger's guards are awake",
            "ALTER TABLE ledger_entry DISABLE TRIGGER ledger_refuses_changes",
        ),
    ],
)
def test_the_audit_sees_an_offence(sentence: str, offence: str) -> None:
    (invariant,) = (one for one in INVARIANTS if one.sentence == sentence)
    assert not list(invariant.offenders())
    run(offence.replace("{next}", partitions()[1]))
    assert list(invariant.offenders())
