import datetime as dt

import pytest

from unionhall.domain.welfare import rules
from unionhall.domain.welfare.rules import Standing

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "expires_at", "standing"),
    [
        ("held", None, Standing.USABLE),
        ("held", NOON + SECOND, Standing.USABLE),
        ("held", NOON, Standing.EXPIRED),
        ("held", NOON - DAY, Standing.EXPIRED),
        ("used", NOON - DAY, Standing.USED),
        ("used", None, Standing.USED),
        ("expired", NOON + DAY, Standing.EXPIRED),
        ("released", NOON + DAY, Standing.RETURNED),
    ],
)
def test_a_voucher_stands_as_its_state_and_the_clock_say(state, expires_at, standing):
    assert rules.standing(state, expires_at, NOON) is standing


@pytest.mark.parametrize(
    ("seconds", "same", "echo"),
    [(0, True, True), (59, True, True), (60, True, False), (1, False, False)],
)
def test_an_echo_is_the_same_clerk_within_a_minute(seconds, same, echo):
    assert rules.is_echo(NOON, NOON + seconds * SECOND, by_the_same_clerk=same) is echo


@pytest.mark.parametrize(
    ("after", "may"), [(0 * DAY, True), (DAY - SECOND, True), (DAY, False), (2 * DAY, False)]
)
def test_a_redemption_is_undone_within_24_hours(after, may):
    assert rules.may_be_undone(NOON, NOON + after) is may


@pytest.mark.parametrize(
    ("cents", "yuan"), [(8000, "80"), (7950, "79.50"), (123400, "1,234"), (5, "0.05"), (0, "0")]
)
def test_money_is_written_as_people_read_it(cents, yuan):
    assert rules.yuan(cents) == yuan


@pytest.mark.parametrize(("count", "fast"), [(1, False), (6, False), (7, True)])
def test_more_than_six_a_minute_is_unusual(count, fast):
    assert rules.is_unusually_fast(count) is fast


def test_what_ends_at_midnight_is_named_by_its_last_day():
    assert rules.last_whole_day(dt.datetime(2026, 12, 23, tzinfo=dt.UTC)) == dt.date(2026, 12, 22)
    assert rules.last_whole_day(dt.datetime(2026, 12, 23, 0, 1, tzinfo=dt.UTC)) is None
