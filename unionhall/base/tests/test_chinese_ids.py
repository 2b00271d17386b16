from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionhall.base.chinese_ids import (
    birth_in_id,
    id_check_digit,
    is_male_in_id,
    made_up_id,
    organisation_check,
    upgraded_id,
    uscc_check,
    uscc_is_valid,
)

born = st.dates(dt.date(1900, 1, 1), dt.date(2026, 11, 20))
sequences = st.integers(0, 999)


def test_the_published_example_has_the_check_digit_x():
    assert id_check_digit("11010519491231002") == "X"


@given(born, sequences)
def test_a_made_up_number_says_what_went_into_it(day, sequence):
    number = made_up_id(born=day, sequence=sequence)
    assert len(number) == 18
    assert birth_in_id(number) == day
    assert is_male_in_id(number) == (sequence % 2 == 1)


@given(born, sequences, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(day, sequence, place, shift):
    first17 = made_up_id(born=day, sequence=sequence)[:17]
    wrong = str((int(first17[place]) + shift) % 10)
    changed = first17[:place] + wrong + first17[place + 1 :]
    assert id_check_digit(changed) != id_check_digit(first17)


@given(born, sequences, st.integers(0, 15))
def test_two_swapped_neighbours_are_always_found(day, sequence, place):
    first17 = made_up_id(born=day, sequence=sequence)[:17]
    a, b = first17[place : place + 2]
    swapped = first17[:place] + b + a + first17[place + 2 :]
    assert (id_check_digit(swapped) == id_check_digit(first17)) == (a == b)


@given(st.dates(dt.date(1900, 1, 1), dt.date(1999, 12, 31)), sequences)
def test_an_old_number_of_15_digits_is_upgraded(day, sequence):
    number = made_up_id(born=day, sequence=sequence)
    assert upgraded_id(number[:6] + number[8:17]) == number


def test_a_day_that_does_not_exist_is_no_birth_date():
    assert birth_in_id("990101199002301234") is None


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        ("81990100M4KXXND07H", True),
        ("81990100M4KXXND07J", False),
        ("81990100M4KXXND17H", False),
        ("81990100M4KXXND07", False),
        ("8199010OM4KXXND07H", False),
    ],
)
def test_a_credit_code_needs_both_checks(code, valid):
    assert uscc_is_valid(code) is valid


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8))
def test_a_code_built_by_the_standard_is_valid(organisation):
    first17 = f"81990100{organisation}{organisation_check(organisation)}"
    assert uscc_is_valid(first17 + uscc_check(first17))
