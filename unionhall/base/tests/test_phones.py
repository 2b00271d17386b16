from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionhall.base.phones import masked_phone, read_phone

mobiles = st.from_regex(r"1990000[0-9]{4}", fullmatch=True)
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.mark.parametrize(
    ("cell", "phone", "changes"),
    [
        ("19900001234", "19900001234", ()),
        (19900001234.0, "19900001234", ("phone_from_number",)),
        ("19900001234.0", "19900001234", ("phone_from_number",)),
        ("１９９００００１２３４", "19900001234", ("phone_halfwidth",)),
        ("199 0000-1234", "19900001234", ("phone_separators",)),
        ("199\u200b00001234 ", "19900001234", ("phone_separators",)),
        ("(+86)19900001234", "19900001234", ("phone_separators", "phone_prefix86")),
        ("0086 19900001234", "19900001234", ("phone_separators", "phone_prefix86")),
        ("8619900001234", "19900001234", ("phone_prefix86",)),
        ("1.9900001234E+10", "19900001234", ("phone_sci_text",)),
        ("1.9900001234e10", "19900001234", ("phone_sci_text",)),
    ],
)
def test_a_mobile_number_is_read_however_it_is_written(cell, phone, changes):
    read = read_phone(cell)
    assert (read.value, read.changes, read.problem) == (phone, changes, "")


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("1.99E+10", "PHONE_SCIENTIFIC_LOSSY"),
        ("010-00001234", "PHONE_NOT_MOBILE"),
        ("0571 8888 0000", "PHONE_NOT_MOBILE"),
        ("400-000-1234", "PHONE_NOT_MOBILE"),
        ("1990000123", "PHONE_INVALID"),
        ("199000012345", "PHONE_INVALID"),
        ("12000001234", "PHONE_INVALID"),
        ("199000012３x", "PHONE_INVALID"),
        ("٠٩٩٠٠٠٠١٢٣٤", "PHONE_INVALID"),
        (1.5, "PHONE_INVALID"),
        (True, "PHONE_INVALID"),
    ],
)
def test_what_is_no_mobile_number_is_said(cell, problem):
    assert read_phone(cell).problem == problem


@pytest.mark.parametrize("cell", [None, "", "  ", "\u200b"])
def test_no_phone_is_a_warning_only(cell):
    assert read_phone(cell).warnings == ("NO_PHONE",)


@given(
    mobiles,
    st.sampled_from(["", "+86", "0086 ", "86"]),
    st.sampled_from(["", " ", "-", "\u00a0"]),
    st.booleans(),
)
def test_every_spelling_of_a_number_is_the_same_number(phone, prefix, gap, wide):
    written = f"{prefix}{phone[:3]}{gap}{phone[3:7]}{gap}{phone[7:]}"
    assert read_phone(written.translate(FULL_WIDTH) if wide else written).value == phone


@given(mobiles)
def test_reading_a_read_number_changes_nothing(phone):
    assert read_phone(read_phone(phone).value).changes == ()


@given(st.text(max_size=40) | st.floats(allow_nan=False, allow_infinity=False))
def test_anything_else_is_a_number_of_eleven_digits_or_a_problem(cell):
    read = read_phone(cell)
    assert bool(read.problem) != (read.value is not None)
    assert not read.value or (len(read.value) == 11 and read.value.isascii())


def test_a_masked_number_keeps_three_and_four():
    assert masked_phone("19900001234") == "199****1234"
    assert masked_phone("123") == "***"
