"""Watch, answer, be among the first, redeem: the product's first sentence, in small, and the audit after it."""

from __future__ import annotations

import pytest

from tests.cast import a_login, a_member
from tests.world import a_bank, a_full_score, a_lecture
from unionhall.base.errors import Refused
from unionhall.domain.lectures.models import Phase
from unionhall.domain.lectures.tests.made import a_video_lesson, has_watched
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.queries.results import reason_of
from unionhall.domain.quiz.queries.winners import winners_of
from unionhall.domain.welfare import actions as welfare
from unionhall.site.audit import INVARIANTS, audit

pytestmark = pytest.mark.django_db
PRIZES = 3


@pytest.fixture
def phase(plant7, bo, ann):
    merchant = welfare.register_merchant(
        union=plant7, name="云杉面包坊", address="柳溪路 8 号", phone="", by=bo
    )
    lesson = a_video_lesson(plant7, bo)
    bank = a_bank(plant7, bo)
    series = a_lecture(
        plant7, officer=bo, lesson=lesson, bank=bank, merchant=merchant, places=str(PRIZES)
    )
    return Phase.objects.select_related("contest", "lesson", "offer__merchant").get(series=series)


def test_the_first_three_of_five_get_a_voucher_and_all_read_why(phase, plant7, bo):
    with pytest.raises(Refused):
        quiz.start_attempt(phase.contest, a_member("没看的人", plant7))
    members = [a_member(f"人{number}", plant7, user=a_login(f"人{number}")) for number in range(5)]
    for member in members:
        has_watched(phase, member)
    attempts = [a_full_score(phase.contest, member) for member in members]

    assert [attempt.score for attempt in attempts] == [150] * 5
    assert [attempt.passed_as for attempt in attempts] == [1, 2, 3, 4, 5]
    assert [attempt.prize and attempt.prize.place for attempt in attempts] == [1, 2, 3, None, None]
    assert [reason_of(attempt).code for attempt in attempts] == ["won"] * 3 + ["sold_out"] * 2
    assert [line.place for line in winners_of(phase.contest)] == [1, 2, 3]

    till = welfare.appoint_clerk(a_login("丁霜降").phone, merchant=phase.offer.merchant, by=bo)
    welfare.redeem_voucher(attempts[0].prize.number, clerk=till)
    assert [found for _sentence, found in audit(INVARIANTS) if found] == []
