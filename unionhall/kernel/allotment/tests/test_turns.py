"""One claim, many hands at the same moment: its row decides. Real threads, and a control that must fail."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from unionhall.base.ledger.models import Entry
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment import rules
from unionhall.kernel.allotment.actions import deciding
from unionhall.kernel.allotment.models import Claim, ClaimQuerySet, Pool
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Union

from .rows import a_crowd
from .rush import rush
from .sound import offences

pytestmark = pytest.mark.django_db(transaction=True)

HANDS = 20


@pytest.fixture
def pool() -> Pool:
    return allotment.open_pool(label="蛋糕券", capacity=5)


@pytest.fixture
def mine(pool: Pool, plant7: Union) -> Claim:
    """One of two claims, so that a second giving back is seen in the pool's count."""
    first, _other = (allotment.claim(pool.pk, member=member) for member in a_crowd(2, plant7))
    return first


Deed = Callable[[], Claim]


def using(claim: Claim, by: User) -> Deed:
    return lambda: allotment.use(claim, by=by)


def undoing(claim: Claim, by: User) -> Deed:
    used = allotment.use(claim, by=by)
    return lambda: allotment.undo_use(used, by=by)


def giving_back(claim: Claim, by: User) -> Deed:
    return lambda: allotment.release(claim, by=by)


def renumbering(claim: Claim, by: User) -> Deed:
    return lambda: allotment.renumber(claim, by=by)


DEEDS = [
    pytest.param(using, "allotment.thing_used", id="use"),
    pytest.param(undoing, "allotment.use_undone", id="undo_use"),
    pytest.param(giving_back, "allotment.thing_released", id="release"),
    pytest.param(renumbering, "allotment.claim_renumbered", id="renumber"),
]
ANSWERED_ALIKE = (giving_back, renumbering)


@pytest.mark.parametrize(("deed", "line"), DEEDS)
def test_of_twenty_at_once_one_does_it(
    mine: Claim, dee: User, deed: Callable[[Claim, User], Deed], line: str
) -> None:
    answers = rush([deed(mine, dee)] * HANDS, connections=HANDS)
    assert Entry.objects.filter(action=line).count() == 1
    done = [answer for answer in answers if isinstance(answer, Claim)]
    refused = [answer for answer in answers if isinstance(answer, rules.NotUsable)]
    assert len(done) + len(refused) == HANDS
    assert len(done) == (HANDS if deed in ANSWERED_ALIKE else 1)
    assert len({(claim.state, claim.number) for claim in done}) == 1
    assert not offences()


@pytest.mark.parametrize(("deed", "line"), DEEDS)
def test_the_same_is_done_twice_when_it_is_read_then_written(
    mine: Claim,
    dee: User,
    monkeypatch: pytest.MonkeyPatch,
    deed: Callable[[Claim, User], Deed],
    line: str,
) -> None:
    do_it = deed(mine, dee)
    monkeypatch.setattr(deciding, "turn", read_then_write(together=2))
    rush([do_it] * 2, connections=2)
    assert Entry.objects.filter(action=line).count() == 2


def test_a_claim_that_is_given_back_twice_without_the_row_spoils_the_count(
    mine: Claim, dee: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "turn", read_then_write(together=2))
    rush([giving_back(mine, dee)] * 2, connections=2)
    assert offences()


def test_what_is_used_is_not_given_back_and_the_other_way_round(mine: Claim, dee: User) -> None:
    verbs = (using, giving_back, renumbering)
    answers = rush([verb(mine, dee) for verb in verbs for _hand in range(8)], connections=24)
    assert {type(answer) for answer in answers} <= {Claim, rules.NotUsable}
    lines = Entry.objects.filter(action__in=("allotment.thing_used", "allotment.thing_released"))
    assert lines.count() == 1
    assert not offences()


def test_a_use_that_is_undone_between_two_statements_is_used_anew(mine: Claim, dee: User) -> None:
    used = allotment.use(mine, by=dee)

    def undo_after_the_update(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        result = execute(sql, params, many, context)
        if sql.startswith('UPDATE "allotment_claim"') and not undone:
            undone.append(True)
            rush([lambda: allotment.undo_use(used, by=dee)], connections=1)
        return result

    undone: list[bool] = []
    with connection.execute_wrapper(undo_after_the_update):
        assert allotment.use(mine, by=dee).state == Claim.State.USED
    assert Entry.objects.filter(action="allotment.thing_used").count() == 2


def read_then_write(*, together: int) -> Callable[..., bool]:
    """What ``deciding.turn`` must not be; all have read before the first one writes."""
    have_read = threading.Barrier(together)

    def turn(still: ClaimQuerySet, **values: object) -> bool:
        now = still.first()
        have_read.wait(timeout=60)
        if now is None:
            return False
        return bool(Claim.objects.filter(pk=now.pk).update(**values))

    return turn
