"""What of a person's data may stand on a list. A number has one mask, wherever it is shown."""

from __future__ import annotations

from collections.abc import Sequence

from unionhall.base.phones import masked_phone

__all__ = ["masked_id", "masked_name", "masked_phone", "masked_written"]

_SHORT = 2
_DATES = {"born_on", "joined_on"}
_LONG, _SOME = 9, 5  # that many digits say who somebody is; in the column of ID numbers, fewer
_SHOWN = 60
# From so many characters on, so many of the first and of the last are shown: ID numbers (the region
# and the last four), phones, passports, and whatever somebody wrote in their place.
_ENDS = ((15, 4, 4), (11, 3, 4), (8, 2, 3), (5, 1, 1), (0, 0, 0))


def masked_name(name: str) -> str:
    """``周*露``; of two characters the second is covered: ``何*``."""
    if len(name) <= _SHORT:
        return name[:1] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def masked_id(number: str) -> str:
    """``9901**********1234``, ``E1****678``."""
    return _covered(number, range(len(number)))


def masked_written(column: str, written: str) -> str:
    """What stood in a cell, with the middle of any number in it covered as on every other page.

    People put numbers into wrong cells, with blanks between, or inside formulas; only dates,
    whose digits identify nobody by themselves, stay as they are.
    """
    if column in _DATES:
        return written[:_SHOWN]
    of_number = _is_written if column == "id_number" else _is_digit
    at = [place for place in range(len(written)) if of_number(written, place)]
    digits = sum(written[place].isdigit() for place in at)
    if digits < (_SOME if column == "id_number" else _LONG):
        return written[:_SHOWN]
    return _covered(written, at)[:_SHOWN]


def _is_written(text: str, place: int) -> bool:
    """In the column of ID numbers letters are part of one, too."""
    return text[place].isascii() and text[place].isalnum()


def _is_digit(text: str, place: int) -> bool:
    """Or the X at the end of an ID number."""
    char = text[place]
    return char.isdigit() or (char in "Xx" and place > 0 and text[place - 1].isdigit())


def _covered(written: str, at: Sequence[int]) -> str:
    """The text, of its characters ``at`` all but the first and the last covered."""
    head, tail = next((head, tail) for least, head, tail in _ENDS if len(at) >= least)
    covered = set(at[head : len(at) - tail])
    return "".join("*" if place in covered else char for place, char in enumerate(written))
