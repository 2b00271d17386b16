"""What of a person's data may stand on a list."""

from __future__ import annotations

from unionhall.base.phones import masked_phone
from unionhall.people.members.rules.id_numbers import masked_id

__all__ = ["masked_id", "masked_name", "masked_phone"]

_SHORT = 2
_LONG = 10  # a number of that many signs says who somebody is


def masked_name(name: str) -> str:
    """``周*露``; of two characters the second is covered: ``何*``."""
    if len(name) <= _SHORT:
        return name[:1] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def masked_written(column: str, written: str) -> str:
    """What stood in a cell, with the middle of a number covered."""
    if column not in {"id_number", "phone"} or len(written) < _LONG:
        return written
    return written[:4] + "*" * (len(written) - 8) + written[-4:]
