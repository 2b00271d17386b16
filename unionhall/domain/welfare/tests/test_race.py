"""Ten tills at once: the same voucher is redeemed once, and nine clerks hear when, where and by whom (I17)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from unionhall.domain.welfare import actions
from unionhall.domain.welfare.invariants import INVARIANTS
from unionhall.domain.welfare.models import Clerk, Redemption, Replacement
from unionhall.domain.welfare.queries import redemptions_at
from unionhall.domain.welfare.rules.refusals import AlreadyUsed
from unionhall.domain.welfare.tests.conftest import a_clerk
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.models import Claim
from unionhall.kernel.notify.models import Message

TILLS = 10

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tills(bakery, fu):
    return [a_clerk(bakery, fu, till=f"{nth} 号收银") for nth in range(1, TILLS + 1)]


def at_once(deed, people):
    """What ``deed(person)`` gave, or raised, for all of them starting together, each on its own connection."""
    start = threading.Barrier(len(people))

    def one(person):
        try:
            start.wait()
            return deed(person)
        except Exception as error:  # noqa: BLE001 — the answer of this one
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(one, people))


def test_ten_tills_at_once(voucher, tills, ann):
    for _nth in range(5):
        answers = at_once(lambda clerk: actions.redeem_voucher(voucher.number, clerk=clerk), tills)
        redeemed = [answer for answer in answers if isinstance(answer, Redemption)]
        refused = [answer for answer in answers if isinstance(answer, AlreadyUsed)]
        assert (len(redeemed), len(refused)) == (1, TILLS - 1)
        assert {no.redemption for no in refused} == set(redeemed)
        assert {no.why for no in refused} == {refused[0].why}
        assert redeemed[0].clerk.till in refused[0].why
        assert [list(rule.offenders()) for rule in INVARIANTS] == [[]] * len(INVARIANTS)
        actions.undo_redemption(redeemed[0], by=tills[0].user, reason="再来一次")
    assert Message.objects.filter(member=ann, topic="welfare/voucher_redeemed").count() == 5


def test_one_clerk_clicks_ten_times(voucher, till1):
    clicks = [
        Clerk.objects.select_related("merchant", "user").get(pk=till1.pk) for _nth in range(TILLS)
    ]
    answers = at_once(lambda clerk: actions.redeem_voucher(voucher.number, clerk=clerk), clicks)
    assert {answer.pk for answer in answers} == {Redemption.objects.get().pk}
    till1.refresh_from_db()
    assert till1.unknown_numbers == 0


def test_redeeming_meets_replacing(cake, ann, tills, bo):
    """Either the till was first, or the desk; never both."""
    voucher = allotment.claim(cake.pool_id, member=ann)
    former = voucher.number

    def deed(actor):
        if actor is bo:
            return actions.replace_voucher(voucher, by=bo, why="phone_lost", checked="id_card")
        return actions.redeem_voucher(former, clerk=actor)

    answers = at_once(deed, [bo, tills[0]])
    done = [answer for answer in answers if not isinstance(answer, Exception)]
    assert len(done) == 1
    assert [list(rule.offenders()) for rule in INVARIANTS] == [[]] * len(INVARIANTS)


def test_the_measure_works_reading_first_redeems_ten_times(voucher, tills):
    """The negative control: the same ten, but each reads the state and then writes it."""
    all_have_read = threading.Barrier(TILLS)

    @transaction.atomic
    def read_then_write(clerk):
        claim = Claim.objects.get(pk=voucher.pk)
        all_have_read.wait(timeout=30)
        if claim.state != "held":
            raise AlreadyUsed(None)
        claim.state, claim.used_by, claim.used_at = "used", clerk.user, claim.claimed_at
        claim.save()
        return claim

    answers = at_once(read_then_write, tills)
    assert sum(isinstance(answer, Claim) for answer in answers) == TILLS
    assert not redemptions_at(tills[0].merchant).exists()


def test_two_presses_replace_a_number_one_after_the_other(voucher, bo, fu):
    first = voucher.number
    answers = at_once(
        lambda by: actions.replace_voucher(voucher, by=by, why="phone_lost", checked="id_card"),
        [bo, fu],
    )
    assert all(isinstance(answer, Claim) for answer in answers)
    former = set(Replacement.objects.values_list("former_number", flat=True))
    now = Claim.objects.get(pk=voucher.pk).number
    assert former == {first} | {answer.number for answer in answers} - {now}
