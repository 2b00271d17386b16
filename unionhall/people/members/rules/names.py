"""Names of people as they may be entered on a roll."""

from __future__ import annotations

import re

from unionhall.base.tables import Cell, Read, as_text
from unionhall.base.written_text import is_private_use, without_invisible

# Han of every plane with the compatibility ideographs, 〇, and the variation selectors.
HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ffff\U00030000-\U0003ffff"
SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
MIDDLE_DOT = "\u00b7"
LONGEST = 80  # what the roll's column holds; no name comes near

_DOTS = re.compile("[\u2022\uff0e\u30fb\u2027\u2219\u22c5\uff65]")
_INNER_SPACE = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
_HAN_NAME = re.compile(f"(?=.*[{HAN}])[{HAN}{SELECTORS}{MIDDLE_DOT}]+")
_LATIN_NAME = re.compile(r"[A-Za-z]+(?:(?:[ '.-]|\. )[A-Za-z]+)*\.?")
_PLAIN_NAME = re.compile(f"[{HAN}]{{2,{LONGEST}}}")  # most names: nothing to tidy
_SELECTOR = re.compile(f"[{SELECTORS}]")


def read_name(cell: Cell) -> Read[str]:
    """The name, never folded (NFKC would replace rare characters), or why it is none.

    Problems: ``NAME_EMPTY``, ``NAME_GARBLED`` (an encoding lost a character), ``NAME_PUA``
    (a character of somebody's own font), ``NAME_INVALID``. Warning: ``NAME_SINGLE_CHAR``.
    """
    if isinstance(cell, str) and _PLAIN_NAME.fullmatch(cell):
        return Read(cell)
    name, changes = tidied_name(as_text(cell))
    problem = _problem(name)
    if problem:
        return Read(None, problem=problem)
    lone = len(_SELECTOR.sub("", name)) == 1
    return Read(name, changes, warnings=("NAME_SINGLE_CHAR",) if lone else ())


def tidied_name(written: str) -> tuple[str, tuple[str, ...]]:
    """The name with what no person has in a name taken out, and the codes of what was done."""
    seen = without_invisible(written)
    trimmed = seen.strip()
    dotted = _DOTS.sub(MIDDLE_DOT, trimmed)
    joined = _INNER_SPACE.sub("", dotted)
    steps = (
        ("name_invisible", written, seen),
        ("name_trim", seen, trimmed),
        ("name_dot", trimmed, dotted),
        ("name_inner_space", dotted, joined),
    )
    return joined, tuple(code for code, before, after in steps if before != after)


def _problem(name: str) -> str:
    if not name:
        return "NAME_EMPTY"
    if re.search("[?\uff1f\ufffd]", name):
        return "NAME_GARBLED"
    if any(is_private_use(char) for char in name):
        return "NAME_PUA"
    if len(name) > LONGEST:
        return "NAME_INVALID"
    if _HAN_NAME.fullmatch(name) or _LATIN_NAME.fullmatch(name):
        return ""
    return "NAME_INVALID"
