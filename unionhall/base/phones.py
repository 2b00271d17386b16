"""Mobile numbers of mainland China as people and spreadsheets write them."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from unionhall.base.tables import Cell, Read
from unionhall.base.written_text import HYPHENS, to_half_width, without_invisible

DIGITS = 11
_MOBILE = re.compile(r"1[3-9]\d{9}")
_PLAIN_MOBILE = re.compile(_MOBILE.pattern, re.ASCII)  # most cells: nothing to tidy
_LANDLINE = re.compile(r"0[1-9]\d{8,}|400\d{7}|800\d{7}")
_SCIENTIFIC = re.compile(r"(\d)(?:\.(\d+))?[eE]\+?(\d+)")
_SEPARATORS = re.compile(rf"[\s()\[\]./{re.escape(HYPHENS)}]")
_PREFIX = re.compile(r"(?:\+86|0086|86)(?=1\d{10}$)")


def read_phone(cell: Cell) -> Read[str]:
    """Eleven digits, or ``PHONE_NOT_MOBILE``, ``PHONE_INVALID``, ``PHONE_SCIENTIFIC_LOSSY``.

    An empty cell is no problem: the value is empty and the warning is ``NO_PHONE``.
    """
    if cell is None or (isinstance(cell, str) and not without_invisible(cell).strip()):
        return Read("", warnings=("NO_PHONE",))
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return Read(None, problem="PHONE_INVALID")
    if isinstance(cell, str):
        return Read(cell) if _PLAIN_MOBILE.fullmatch(cell) else _from_text(cell)
    if not math.isfinite(cell) or cell != int(cell):
        return Read(None, problem="PHONE_INVALID")
    return _checked(str(int(cell)), ["phone_from_number"])


def _from_text(written: str) -> Read[str]:
    changes: list[str] = []
    text = to_half_width(written)
    if text != written:
        changes.append("phone_halfwidth")
    if scientific := _SCIENTIFIC.fullmatch(text.strip()):
        whole, decimals, exponent = scientific.groups("")
        if len(whole + decimals) != DIGITS or int(exponent) != DIGITS - 1:
            return Read(None, problem="PHONE_SCIENTIFIC_LOSSY")
        return _checked(str(int(Decimal(text.strip()))), [*changes, "phone_sci_text"])
    bare = re.sub(r"\.0+$", "", text.strip())
    if bare != text.strip():
        changes.append("phone_from_number")
        text = bare
    joined = _SEPARATORS.sub("", without_invisible(text))
    if joined != text:
        changes.append("phone_separators")
    return _checked(joined, changes)


def _checked(digits: str, changes: list[str]) -> Read[str]:
    bare = _PREFIX.sub("", digits)
    if bare != digits:
        changes.append("phone_prefix86")
    if _MOBILE.fullmatch(bare) and bare.isascii():
        return Read(bare, tuple(changes))
    return Read(None, problem="PHONE_NOT_MOBILE" if _LANDLINE.fullmatch(bare) else "PHONE_INVALID")


def masked_phone(phone: str) -> str:
    """``199****0012``: enough to recognise, not enough to call."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= DIGITS else "*" * len(phone)


def last_four(phone: str) -> str:
    """By which an officer looks for somebody whom she has on the telephone."""
    return phone[-4:]
