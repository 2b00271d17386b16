"""Whom something is for, as a value. The vocabulary is closed: no query language grows here."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import TypeAlias

Json: TypeAlias = "str | int | bool | list[str] | list[int]"


@dataclass(frozen=True)
class Audience:
    """Live members for whom every named field holds (values within a field are alternatives), and these, and not those.

    ``also`` adds members by id whatever the fields say, ``except_`` takes members out whatever else says they are in.
    Only live members count at all: whoever left the union is in no audience.
    """

    under_union: int | None = None  # in this union or below it
    standings: tuple[str, ...] = ()
    sexes: tuple[str, ...] = ()
    employments: tuple[str, ...] = ()
    front_line: bool | None = None
    min_skill_grade: int | None = None  # 1-8
    joined_before: dt.date | None = None
    also: tuple[int, ...] = ()
    except_: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Only what is said; the empty object is everybody."""
        return {name: _to_json(value) for name, value in _said(self).items()}

    @classmethod
    def from_json(cls, stored: dict[str, Json]) -> Audience:
        """Back from ``to_json``. An unknown field raises ``ValueError``: to drop it would let in too many."""
        if unknown := set(stored) - {field.name for field in dataclasses.fields(cls)}:
            raise ValueError(f"An audience has no {', '.join(sorted(unknown))}.")
        return cls(**{name: _from_json(name, value) for name, value in stored.items()})  # type: ignore[arg-type]


EVERYBODY = Audience()


def _said(audience: Audience) -> dict[str, object]:
    values = {field.name: getattr(audience, field.name) for field in dataclasses.fields(audience)}
    return {name: value for name, value in values.items() if value not in (None, ())}


def _to_json(value: object) -> Json:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, dt.date) else value  # type: ignore[return-value]


def _from_json(name: str, value: Json) -> object:
    if isinstance(value, list):
        return tuple(value)
    return dt.date.fromisoformat(str(value)) if name == "joined_before" else value
