"""One line of a roll, and the names that it may mention."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from unionhall.base.tables import Reason


@dataclass(frozen=True, slots=True)
class UnionNames:
    """The names a roll may mention: unions that take members, and those above them."""

    grassroots: Collection[str]
    upper: Collection[str] = ()


class RollLine(NamedTuple):
    """One person as the roll states her, in canonical form. Never shown without masks."""

    name: str
    id_kind: str
    id_number: str
    born_on: dt.date | None
    sex: str
    phone: str
    union: str
    standing: str
    joined_on: dt.date | None
    ethnicity: str = ""
    department: str = ""
    education: str = ""
    skill_grade: int | None = None
    employment: str = ""
    front_line: bool | None = None
    standing_said: bool = True  # else it is the one that somebody new gets
    joined_month_only: bool = False  # the day is the first because none was written

    def to_json(self) -> str:
        """As a row of a roll keeps it until it is taken in."""
        return orjson.dumps(self._asdict()).decode()

    @classmethod
    def from_json(cls, said: str) -> RollLine:
        """The line that ``to_json`` said."""
        plain = orjson.loads(said)
        for day in ("born_on", "joined_on"):
            plain[day] = plain[day] and dt.date.fromisoformat(plain[day])
        return cls(**plain)


def conflict_with_roll(line: RollLine, *, name: str, at_home: bool) -> Reason | None:
    """Why a line cannot be taken whose ID number is on the roll already, if it cannot.

    ``name`` is whose number it is there; ``at_home``: she is a live member of the line's own
    union, which may correct her name. Nobody else's officer can, nor learn by guessing who it is.
    """
    if name != line.name and not at_home:
        return Reason("ID_NAME_CONFLICT", "id_number", line.id_number)
    return None
