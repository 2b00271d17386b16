"""Twins of one request, at once and on real connections: one voucher, one answer, and nobody waits for a twin."""

from __future__ import annotations

import pytest

from tests.cast import many_members
from tests.world import a_giveaway
from unionhall.base.replay import actions as replay
from unionhall.base.replay.models import Seen
from unionhall.base.replay.rules import StillRunning
from unionhall.domain.welfare import actions
from unionhall.domain.welfare.queries import known
from unionhall.kernel.allotment.models import Claim
from unionhall.kernel.allotment.rules import SoldOut
from unionhall.kernel.allotment.tests.rush import rush
from unionhall.kernel.allotment.tests.sound import offences

pytestmark = pytest.mark.django_db(transaction=True)


def pressing(offer, member, key):
    return lambda: actions.claim_offer(known(offer.pk), member=member, key=key)


def test_twenty_twins_get_one_voucher(plant7, bakery, bo, ann):
    offer = a_giveaway(plant7, officer=bo, merchant=bakery)
    answers = rush([pressing(offer, ann, "k") for _time in range(20)], connections=20)
    told = [answer for answer in answers if isinstance(answer, actions.Claimed)]
    assert len(told) + sum(isinstance(answer, StillRunning) for answer in answers) == 20
    assert [answer.replayed for answer in told].count(False) == 1
    assert len({answer.claim.pk for answer in told}) == Claim.objects.count() == 1
    assert Seen.objects.count() == 1


def test_the_control_without_the_key_nobody_knows_a_replay(plant7, bakery, bo, ann, monkeypatch):
    """The same twins when keys are not looked at: still one voucher, but all say that they are the first."""
    monkeypatch.setattr(replay, "is_replay", lambda *_key, **_of: False)
    offer = a_giveaway(plant7, officer=bo, merchant=bakery)
    answers = rush([pressing(offer, ann, "k") for _time in range(20)], connections=20)
    assert [answer.replayed for answer in answers] == [False] * 20
    assert Claim.objects.count() == 1


@pytest.mark.parametrize("any_order", [False, True])
def test_a_rush_gives_all_and_not_one_more(plant7, bakery, bo, any_order):
    offer = a_giveaway(plant7, officer=bo, merchant=bakery, capacity=25, any_order=any_order)
    crowd = many_members(60, plant7)
    for member in crowd:
        member.user_id = bo.pk  # who presses; they have no logins of their own
    requests = [pressing(offer, member, f"k{member.pk}") for member in crowd]
    answers = rush(requests, connections=20)
    assert {type(answer) for answer in answers} == {actions.Claimed, SoldOut}
    assert len({a.claim.pk for a in answers if isinstance(a, actions.Claimed)}) == 25
    assert Claim.objects.count() == 25
    assert Seen.objects.count() == 25, "what was refused keeps no key"
    assert offences() == {}
