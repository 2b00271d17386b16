"""Each invariant is silent on honest rows and names a planted offence."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from tests.world import a_giveaway
from unionhall.domain.welfare import actions, invariants
from unionhall.domain.welfare.models import Redemption, Replacement
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.models import Claim


@pytest.fixture
def redemption(voucher, till1):
    return actions.redeem_voucher(voucher.number, clerk=till1)


def offenders():
    return {rule.offenders.__name__ for rule in invariants.INVARIANTS if list(rule.offenders())}


def test_an_honest_day_has_no_offenders(redemption, manager, voucher, till2, bo):
    assert offenders() == set()
    actions.undo_redemption(redemption, by=manager.user, reason="弄错了")
    assert offenders() == set()
    voucher.refresh_from_db()
    renewed = actions.replace_voucher(voucher, by=bo, why="phone_lost", checked="id_card")
    actions.redeem_voucher(renewed.number, clerk=till2)
    assert offenders() == set()


def test_a_used_claim_without_a_redemption(redemption):
    Redemption.objects.all().delete()
    assert offenders() == {"used_without_one_redemption"}


def test_a_used_claim_with_two_redemptions(redemption, till2):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX redeemed_once")
    Redemption.objects.create(
        claim=redemption.claim,
        merchant=redemption.merchant,
        clerk=redemption.clerk,
        at=redemption.at,
    )
    assert offenders() == {"used_without_one_redemption", "redeemed_without_a_line"}


def test_a_redemption_of_a_claim_that_is_not_used(redemption):
    Claim.objects.update(state="held", used_at=None, used_by=None)
    assert offenders() == {"redeemed_but_not_used"}


def test_a_redemption_at_another_shop(redemption, cinema):
    Redemption.objects.update(merchant=cinema)
    assert offenders() == {"redeemed_elsewhere"}


def test_a_redemption_by_another_shops_clerk(redemption, usher):
    Redemption.objects.update(clerk=usher)
    assert "redeemed_elsewhere" in offenders()


def test_a_redemption_that_tells_another_moment(redemption):
    Redemption.objects.update(at=redemption.at - dt.timedelta(hours=1))
    assert offenders() == {"told_two_moments"}


def test_a_redemption_that_was_taken_back_past_the_ledger(redemption, manager):
    Redemption.objects.update(undone_at=redemption.at, undone_by=manager.user, undo_reason="没有记")
    Claim.objects.update(state="held", used_at=None, used_by=None)
    assert offenders() == {"redeemed_without_a_line"}


def test_undone_before_it_happened(redemption, manager):
    actions.undo_redemption(redemption, by=manager.user, reason="弄错了")
    Redemption.objects.update(undone_at=redemption.at - dt.timedelta(hours=1))
    assert offenders() == {"undone_before_it_happened"}


def test_a_replaced_number_that_lives_on(voucher, bo):
    Replacement.objects.create(
        claim=voucher, former_number=voucher.number, at=timezone.now(), by=bo
    )
    assert offenders() == {"replaced_numbers_alive"}


def test_a_giveaway_claimed_before_it_opened(plant7, bakery, bo, ann):
    offer = a_giveaway(plant7, officer=bo, merchant=bakery)
    allotment.claim(offer.pool_id, member=ann)
    assert offenders() == set()
    Claim.objects.update(claimed_at=offer.pool.opens_at - dt.timedelta(seconds=1))
    assert offenders() == {"claimed_outside_the_window"}
