"""Names of sheets, as every part of the house says them."""

from __future__ import annotations

from collections.abc import Iterable

from unionhall.base.written_text import without_invisible

LONGEST = 31  # in every spreadsheet program; a file may still claim more


def shown_names(names: Iterable[str]) -> list[str]:
    """Without what nobody sees, and short; two that would be one get a number."""
    shown: dict[str, str] = {}
    for name in names:
        plain = one = without_invisible(name)[:LONGEST]
        at = 1
        while one.casefold() in shown:
            at += 1
            one = f"{plain[: LONGEST - 4]} {at}"
        shown[one.casefold()] = one
    return list(shown.values())
