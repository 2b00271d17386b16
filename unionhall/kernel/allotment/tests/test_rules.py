from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from unionhall.kernel.allotment import rules

NOON = dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
numbers = st.builds(rules.new_number)


@given(numbers)
def test_a_number_is_well_formed_however_it_is_written(number: str) -> None:
    shown = rules.in_groups(number)
    assert len(shown) == 19
    full_width = "".join(chr(ord(character) + 0xFEE0) for character in number)
    for written in (
        number,
        shown,
        shown.lower(),
        shown.replace("-", " "),
        shown.replace("0", "o"),
        full_width,
    ):
        assert rules.number_is_well_formed(written)
        assert rules.normal_number(written) == number
    assert rules.normal_number(shown.replace("1", "l").replace("0", "O")) == number


@given(numbers, st.integers(0, rules.LENGTH - 1), st.sampled_from(rules.ALPHABET))
def test_one_wrong_character_is_found(number: str, place: int, character: str) -> None:
    written = number[:place] + character + number[place + 1 :]
    assert rules.number_is_well_formed(written) == (written == number)


@given(numbers, st.integers(0, rules.LENGTH - 2))
def test_two_swapped_characters_are_found(number: str, place: int) -> None:
    written = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert rules.number_is_well_formed(written) == (written == number)


@pytest.mark.parametrize(
    "text", ["", "7K2M", "7K2M-90QX-4TRB-E5Z", "UUUU-UUUU-UUUU-UUUU", "号" * 16]
)
def test_what_is_no_number_is_not_well_formed(text: str) -> None:
    assert not rules.number_is_well_formed(text)


def test_numbers_are_not_guessable() -> None:
    assert len(rules.ALPHABET) ** rules.RANDOM_CHARACTERS >= 2**64
    assert len({rules.new_number() for _nth in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "is_open"),
    [
        (None, None, True),
        (NOON, None, True),
        (NOON + HOUR, None, False),
        (None, NOON + HOUR, True),
        (None, NOON, False),
        (NOON - HOUR, NOON + HOUR, True),
        (NOON - HOUR, NOON - HOUR, False),
    ],
)
def test_a_window_holds_its_beginning_and_not_its_end(
    opens_at: dt.datetime | None, closes_at: dt.datetime | None, is_open: bool
) -> None:
    assert rules.is_open(NOON, opens_at, closes_at) is is_open


@given(st.lists(st.integers(1, 10**9)))
def test_the_drawn_order_does_not_depend_on_the_order_of_signing_up(member_ids: list[int]) -> None:
    seed = rules.new_seed()
    drawn = rules.drawn_order(seed, member_ids)
    assert drawn == rules.drawn_order(seed, reversed(member_ids * 2))
    assert sorted(drawn) == sorted(set(member_ids))
    lots = [rules.lot_of(seed, member_id) for member_id in drawn]
    assert lots == sorted(lots)


def test_a_lot_can_be_worked_out_by_anybody() -> None:
    """Known values, so that nobody changes the formula under a published seed."""
    assert (
        rules.commitment_to("ab")
        == "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603"
    )
    assert (
        rules.lot_of("ab", 7) == "6daec53c6e82a3f1543567e0eacaee8879bb76357b7e093bae2c29fed8ac09b8"
    )
    assert rules.fingerprint_of([3, 1, 2, 2]) == rules.fingerprint_of([1, 2, 3])


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (
            rules.SoldOut(capacity=80, last_place_at=NOON),
            "发完了。 一共 80 份，最后一份在 11 月 22 日 12:00:00 发出。",
        ),
        (rules.SoldOut(capacity=0, last_place_at=None), "发完了。"),
        (
            rules.NotOpen(opens_at=NOON, closes_at=None, moment=NOON - HOUR),
            "还没开始。 11 月 22 日 12:00:00 开始。",
        ),
        (
            rules.NotOpen(opens_at=None, closes_at=NOON, moment=NOON),
            "已经截止了。 截止时间是 11 月 22 日 12:00:00。",
        ),
        (rules.NotForYou(audience="全体会员"), "这一份不是发给你的。 发放对象：全体会员。"),
        (rules.AlreadyHeld(label="电影票"), "每人限一份，你已经有了。 你领到的是：电影票。"),
        (rules.NotUsable(state="used", at=NOON), "这一份已经用过了。 时间：11 月 22 日 12:00:00。"),
        (rules.NotUsable(state="released"), "这一份已经退回了。"),
        (
            rules.TooSmall(asked=3, taken=5),
            "没改：数量不能少于已经发出的。 已经发出 5 份，你填的是 3 份。",
        ),
        (rules.PoolChanged(), "没发：数量刚刚变了。"),
    ],
)
def test_a_refusal_gives_its_facts(refusal: rules.Refused, words: str) -> None:
    with translation.override("zh-hans"):
        assert str(refusal).startswith(words)


@pytest.mark.parametrize("written", ["\u0301\u0316" * 1_000_000, "\ufdfa" * 1_000_000])
def test_what_was_never_a_number_is_not_folded_for_minutes(written):
    assert not rules.number_is_well_formed(written)
    assert not rules.number_is_well_formed(rules.new_number() + written)
