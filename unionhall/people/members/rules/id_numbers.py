"""ID numbers on a roll: citizens, residents from Hong Kong, Macao, Taiwan and abroad, passports.

Cards of foreigners with permanent residence have two numbers (国家移民管理局, 新版外国人永久居留身份证
机读信息规则, 2023): until 2023 three letters of the country and 12 digits; since then 18 digits, the first a 9, the
next two the province, then country, birth date, sequence and check digit as in a citizen's number.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from unionhall.base.chinese_ids import (
    ID_DIGITS,
    OLD_ID_DIGITS,
    PROVINCES,
    TEST_REGION,
    birth_in_id,
    id_check_digit,
    is_male_in_id,
    upgraded_id,
)
from unionhall.base.tables import Cell, Read, as_text
from unionhall.base.written_text import HYPHENS, to_half_width, without_invisible

RESIDENT = "居民身份证"
HK_MACAO = "港澳居民居住证"
TAIWAN = "台湾居民居住证"
PASSPORT = "护照"
PERMANENT_RESIDENCE = "外国人永久居留身份证"
ID_KINDS = (RESIDENT, HK_MACAO, TAIWAN, PASSPORT, PERMANENT_RESIDENCE)

_ALIASES = {
    "身份证": RESIDENT,
    **dict.fromkeys(("外国人永久居留证", "永久居留身份证", "永居证"), PERMANENT_RESIDENCE),
}
_PERMIT_REGIONS = {HK_MACAO: ("810000", "820000"), TAIWAN: ("830000",)}
_FIRST_YEAR = 1900
_DIGITS_A_NUMBER_KEEPS = 10**15
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_LABEL = re.compile(r"(?:(?:居民)?身份证件?|证件|护照)(?:号码|号)?[:\s]*")
_SEPARATORS = re.compile(rf"[\s'’‘`´\"“”{re.escape(HYPHENS)}]")
_TIDY = re.compile(r"\d{17}[\dX]", re.ASCII)  # most cells
_LETTERED = {
    PASSPORT: re.compile(r"[A-Z]{1,2}\d{7,8}"),
    PERMANENT_RESIDENCE: re.compile(r"[A-Z]{3}\d{12}"),  # until 2023
}
_FOREIGNER = "9"  # the first digit; a citizen's is 1 to 8


class IdNumber(NamedTuple):
    """A number that passed its checks, with what it says of the person."""

    kind: str
    number: str
    born_on: date | None = None
    sex: str = ""


@lru_cache(typed=True)  # a roll says the same few words over and over
def read_id_kind(cell: Cell) -> Read[str]:
    """The kind of document; a blank one is a citizen's. Problem: ``ID_TYPE_UNKNOWN``."""
    written = without_invisible(as_text(cell)).strip()
    kind = _ALIASES.get(written, written or RESIDENT)
    if kind not in ID_KINDS:
        return Read(None, problem="ID_TYPE_UNKNOWN")
    return Read(kind, ("id_type_mapped",) if written in _ALIASES else ())


def read_id_number(cell: Cell, kind: str, *, today: date, allow_test_ids: bool) -> Read[IdNumber]:
    """The number in its one canonical form, or ``ID_…``, the first check that it fails."""
    if isinstance(cell, str) and kind == RESIDENT and _TIDY.fullmatch(cell):
        return _checked(cell, kind, (), today, allow_test_ids=allow_test_ids)
    return _read_untidy(cell, kind, today, allow_test_ids=allow_test_ids)


def _read_untidy(cell: Cell, kind: str, today: date, *, allow_test_ids: bool) -> Read[IdNumber]:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if cell >= _DIGITS_A_NUMBER_KEEPS:
            return Read(None, problem="ID_NUMERIC_TRUNCATED")
        text, changes = as_text(cell), ["id_from_number"]
    else:
        text, changes = _tidied(as_text(cell))
        if _SCIENTIFIC.fullmatch(text):
            return Read(None, problem="ID_NUMERIC_TRUNCATED")
    if not text:
        return Read(None, problem="ID_EMPTY")
    lettered = _LETTERED.get(kind)
    if lettered and (kind == PASSPORT or text[:1].isalpha()):
        return _read_lettered(text, kind, lettered, changes)
    if kind != PERMANENT_RESIDENCE and len(text) == OLD_ID_DIGITS and _is_digits(text):
        text, changes = upgraded_id(text), [*changes, "id15_upgraded"]
    if problem := _misformed(text):
        return Read(None, problem=problem)
    return _checked(text, kind, tuple(changes), today, allow_test_ids=allow_test_ids)


def _misformed(text: str) -> str:
    if not re.fullmatch(r"\d*[\dX]", text, re.ASCII):
        return "ID_CHARS"
    return "" if len(text) == ID_DIGITS else "ID_LENGTH"


def _checked(
    text: str, kind: str, changes: tuple[str, ...], today: date, *, allow_test_ids: bool
) -> Read[IdNumber]:
    """Of a number in its canonical form: whether there can be such a one."""
    if not _region_exists(text[:6], kind, allow_test_ids=allow_test_ids):
        return Read(None, problem="ID_REGION")
    born = birth_in_id(text)
    if born is None or born.year < _FIRST_YEAR or born > today:
        return Read(None, problem="ID_DATE")
    if text[-1] != id_check_digit(text[:-1]):
        return Read(None, problem="ID_CHECKSUM")
    return Read(IdNumber(kind, text, born, "男" if is_male_in_id(text) else "女"), changes)


def _tidied(written: str) -> tuple[str, list[str]]:
    if _TIDY.fullmatch(written):
        return written, []
    half = to_half_width(written)
    bare = _LABEL.sub("", half.strip(), count=1) if _LABEL.match(half.strip()) else half
    joined = _SEPARATORS.sub("", without_invisible(bare))
    upper = joined if _SCIENTIFIC.fullmatch(joined) else joined.upper()
    steps = (
        ("id_halfwidth", written, half),
        ("id_prefix", half, bare),
        ("id_separators", bare, joined),
        ("id_upper_x", joined, upper),
    )
    return upper, [code for code, before, after in steps if before != after]


def _read_lettered(
    text: str, kind: str, pattern: re.Pattern[str], changes: list[str]
) -> Read[IdNumber]:
    """Numbers that say nothing of birth and sex, or nothing that can be relied on."""
    if pattern.fullmatch(text):
        return Read(IdNumber(kind, text), tuple(changes))
    problem = "ID_CHARS" if re.search("[^A-Z0-9]", text) else "ID_LENGTH"
    return Read(None, problem=problem)


def _region_exists(region: str, kind: str, *, allow_test_ids: bool) -> bool:
    if kind in _PERMIT_REGIONS:
        return region in _PERMIT_REGIONS[kind]
    if kind == PERMANENT_RESIDENCE:
        return region[0] == _FOREIGNER and region[1:3] in PROVINCES
    return region[:2] in PROVINCES or (allow_test_ids and region[:2] == TEST_REGION)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
