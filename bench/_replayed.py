"""Recordings of the product's requests, asked again by the floors of the web benches: no Django here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

Person: TypeAlias = dict[str, Any]  # blanks of recordings: member, user, session …


@dataclass
class Statement:
    """SQL with ``%s`` or names, and the parameters as JSON can say them, with blanks in them."""

    sql: str
    params: Any
    whole: bool  # part of the transaction, else by itself before it


@dataclass
class Recording:
    """One request: its statements and the answer."""

    status: int
    location: str
    body: str
    statements: list[Statement] = field(default_factory=list)
    gives: dict[str, Any] = field(
        default_factory=dict
    )  # blank of later requests -> where it stands
    headers: dict[str, str] = field(default_factory=dict)  # all but the length, which follows


def kept(path: Path) -> dict[str, Recording]:
    """As they were kept."""
    told = json.loads(path.read_text())
    return {
        name: Recording(**{**one, "statements": [Statement(**said) for said in one["statements"]]})
        for name, one in told.items()
    }


def filled(params: Any, about: Mapping[str, object], given: Sequence[Sequence[Any]]) -> Any:  # noqa: ANN401 — whatever stands in a parameter
    """The parameters of a statement for this request."""
    if isinstance(params, list):
        return [filled(one, about, given) for one in params]
    if not isinstance(params, dict):
        return params
    if "blank" in params:
        return about[params["blank"]]
    if "of" in params:
        return given[params["of"]][params["column"]]
    if "json" in params:
        return json.dumps(params["json"])
    return {name: filled(one, about, given) for name, one in params.items()}


def people(path: Path) -> list[Person]:
    """As they were kept."""
    told: list[Person] = json.loads(path.read_text())
    return told
