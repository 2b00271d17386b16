"""What of a person's data may stand on a list."""

from __future__ import annotations

from unionhall.base.phones import masked_phone
from unionhall.people.members.rules.id_numbers import masked_id

__all__ = ["masked_id", "masked_name", "masked_phone"]

_SHORT = 2
_DATES = {"born_on", "joined_on"}
_LONG = 9  # that many digits say who somebody is
_HEAD, _TAIL = 3, 4
_SHOWN = 60


def masked_name(name: str) -> str:
    """``周*露``; of two characters the second is covered: ``何*``."""
    if len(name) <= _SHORT:
        return name[:1] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def masked_written(column: str, written: str) -> str:
    """What stood in a cell, with the middle of any number in it covered.

    People put numbers into wrong cells, with blanks between, or inside formulas; only dates,
    whose digits identify nobody by themselves, stay as they are.
    """
    digits = [at for at, char in enumerate(written) if char.isdigit()]
    if column in _DATES or len(digits) < _LONG:
        return written[:_SHOWN]
    covered = set(digits[_HEAD:-_TAIL])
    shown = ("*" if at in covered else char for at, char in enumerate(written))
    return "".join(shown)[:_SHOWN]
