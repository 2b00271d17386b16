from __future__ import annotations

import datetime as dt

import pytest

from unionhall.people.accounts import rules

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def ago(*seconds: float) -> list[dt.datetime]:
    return [NOON - dt.timedelta(seconds=one) for one in seconds]


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ([], 0),
        (ago(0), 60),
        (ago(59.5), 1),
        (ago(60), 0),
        (ago(100, 200, 300, 400), 0),
        (ago(100, 200, 300, 400, 500), 3100),
        (ago(30, 200, 300, 400, 3590), 30),
        (ago(*range(3600, 3600 * 11, 3600)), 14 * 3600),
    ],
)
def test_the_slowest_of_the_three_paces_decides(asked: list[dt.datetime], wait: int) -> None:
    assert rules.seconds_to_wait(asked, NOON) == wait


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unix:", "unix:"),
    ],
)
def test_one_place_is_an_address_or_a_subscribers_network(address: str, network: str) -> None:
    assert rules.network_of(address) == network


@pytest.mark.parametrize(
    ("typed", "digits"), [("123 456", "123456"), ("１２３４５６", "123456"), ("码 12-34", "1234")]
)
def test_digits_are_read_however_they_were_typed(typed: str, digits: str) -> None:
    assert rules.digits_of(typed) == digits


def test_a_step_of_the_clock_is_thirty_seconds() -> None:
    assert rules.step_of(NOON + dt.timedelta(seconds=30)) == rules.step_of(NOON) + 1
    assert rules.step_of(NOON + dt.timedelta(seconds=29)) == rules.step_of(NOON)
