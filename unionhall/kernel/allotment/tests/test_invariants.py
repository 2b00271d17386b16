"""The audit turns red for each offence, also where a constraint would have stood in its way."""

from __future__ import annotations

import pytest
from django.db import connection

from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.invariants import INVARIANTS
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member

from .sound import offences

pytestmark = pytest.mark.django_db

OFFENCES = {
    "A pool's count of what is taken is that of its live claims": "UPDATE allotment_pool SET taken = 1",
    "A pool has no more live claims than its capacity": "UPDATE allotment_pool SET capacity = 1",
    "The places of a pool go from 1 to the number handed out, each given once": (
        "UPDATE allotment_claim SET place = 7 WHERE place = 2"
    ),
    "A slice's counts are those of its claims, each place given once and without a gap": (
        "UPDATE allotment_pool SET slices = 1; INSERT INTO allotment_pool_slice"
        " (pool_id, nth, capacity, taken, handed_out) SELECT id, 0, 2, 1, 2 FROM allotment_pool"
    ),
    "The slices of a pool add up to it": "UPDATE allotment_pool SET slices = 1",
    "Every claim has a place": "UPDATE allotment_claim SET place = NULL WHERE place = 2",
    "The order of places is that of the times at which they were given": (
        "UPDATE allotment_claim SET claimed_at = claimed_at - interval '1 hour' WHERE place = 2"
    ),
    "A member has at most one live claim of a family": (
        "UPDATE allotment_claim SET member_id = (SELECT member_id FROM allotment_claim WHERE place = 1)"
    ),
    "A claim is of its pool's family": "UPDATE allotment_claim SET family = 'x' WHERE place = 1",
    "What was used says when and by whom, and nothing else does": (
        "UPDATE allotment_claim SET used_at = NULL WHERE state = 'used'"
    ),
    "What has lapsed does not stay usable for more than an hour": (
        "UPDATE allotment_claim SET expires_at = now() - interval '2 hours' WHERE state = 'held'"
    ),
    "A seed is the one that was committed to": "UPDATE allotment_pool SET seed = 'another'",
    "Every claim stands in the ledger, with its place": (
        "UPDATE allotment_claim SET place = place + 100; UPDATE allotment_pool SET handed_out = handed_out + 100"
    ),
}


@pytest.fixture
def _two_claims(ann: Member, chen: Member, dee: User) -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=2)
    allotment.claim(pool.pk, member=ann)
    allotment.use(allotment.claim(pool.pk, member=chen), by=dee)


@pytest.mark.parametrize("sentence", [invariant.sentence for invariant in INVARIANTS])
@pytest.mark.usefixtures("_two_claims")
def test_a_planted_offence_is_found(sentence: str) -> None:
    assert not offences()
    drop_constraints()
    run(OFFENCES[sentence])
    assert offences()[sentence]


def drop_constraints() -> None:
    run("SET CONSTRAINTS ALL IMMEDIATE")
    for table, constraint in [
        ("pool", "never_oversold"),
        ("pool", "taken_were_handed_out"),
        ("claim", "a_place_is_given_once"),
        ("claim", "used_says_when_and_by_whom"),
    ]:
        run(f"ALTER TABLE allotment_{table} DROP CONSTRAINT {constraint}")
    run("DROP INDEX one_live_claim_of_a_family")


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
