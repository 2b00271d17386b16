"""Check digits and structure of Chinese ID numbers and organisation codes.

Sources: GB 11643-1999 (citizen ID number, ISO 7064 mod 11-2), GB 32100-2015 (unified social
credit code), GB 11714-1997 (organisation code, positions 9 to 17 of the former), GB/T 2260
(the first two digits of a region).
"""

from __future__ import annotations

from datetime import date
from operator import mul

ID_DIGITS = 18
OLD_ID_DIGITS = 15
USCC_LENGTH = 18
TEST_REGION = "99"  # no Chinese region: made-up people only
PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65))
    for code in range(first, last + 1)
)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_ZEROS = sum(_ID_WEIGHTS) * ord("0")  # a digit's byte is so much more than the digit
_ID_CHECKS = "10X98765432"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_USCC_WEIGHTS = tuple(3**place % 31 for place in range(17))


def id_check_digit(first17: str) -> str:
    """The eighteenth character of an ID number of which these are the first 17 digits (ASCII)."""
    total = sum(map(mul, first17.encode(), _ID_WEIGHTS)) - _ID_ZEROS
    return _ID_CHECKS[total % 11]


def upgraded_id(old: str) -> str:
    """The 18-digit form of an ID number of 15 digits; those were all given before 2000."""
    first17 = f"{old[:6]}19{old[6:]}"
    return first17 + id_check_digit(first17)


def birth_in_id(number: str) -> date | None:
    """The birth date in an 18-digit number, ``None`` when there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def is_male_in_id(number: str) -> bool:
    """An odd sequence number is a man's."""
    return int(number[16]) % 2 == 1


def organisation_check(first8: str) -> str:
    """The ninth character of an organisation code (GB 11714)."""
    values = (int(char, 36) for char in first8)
    total = sum(value * weight for value, weight in zip(values, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def uscc_check(first17: str) -> str:
    """The last character of a unified social credit code (GB 32100)."""
    values = (USCC_ALPHABET.index(char) for char in first17)
    total = sum(value * weight for value, weight in zip(values, _USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[-total % 31]


def uscc_is_valid(code: str) -> bool:
    """Eighteen characters of the alphabet with both checks right; the region is not looked at."""
    return (
        len(code) == USCC_LENGTH
        and set(code) <= set(USCC_ALPHABET)
        and code[16] == organisation_check(code[8:16])
        and code[17] == uscc_check(code[:17])
    )


def made_up_id(*, region: str = "990100", born: date, sequence: int) -> str:
    """A number of the test region, for demonstrations and tests; odd sequences are men's."""
    first17 = f"{region}{born:%Y%m%d}{sequence:03}"
    return first17 + id_check_digit(first17)
