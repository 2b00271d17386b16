"""Whether an answer is of the shape that the API's own description promises (JSON Schema 2020-12, as far as it uses it)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.api import schema

KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
READ_AS = {"date": dt.date.fromisoformat, "date-time": dt.datetime.fromisoformat}


def faults(value: Any, shape: dict[str, Any], where: str = "answer") -> list[str]:
    """What is wrong with it, a line each; none if it fits."""
    if "$ref" in shape:
        return faults(value, named(shape["$ref"]), where)
    for word in ("anyOf", "oneOf"):
        if word in shape and not any(not faults(value, one, where) for one in shape[word]):
            return [f"{where}: {value!r} is none of {len(shape[word])} shapes"]
    found = [line for one in shape.get("allOf", []) for line in faults(value, one, where)]
    if "enum" in shape and value not in shape["enum"]:
        found.append(f"{where}: {value!r} is none of {shape['enum']}")
    kind = shape.get("type")
    if kind and (not isinstance(value, KINDS[kind]) or (kind != "boolean" and value is True)):
        return [*found, f"{where}: {value!r} is no {kind}"]
    return found + _inside(value, shape, where)


def named(reference: str) -> dict[str, Any]:
    found: dict[str, Any] = schema()["components"]["schemas"][reference.rsplit("/", maxsplit=1)[-1]]
    return found


def _inside(value: Any, shape: dict[str, Any], where: str) -> list[str]:
    if isinstance(value, dict):
        return _of_object(value, shape, where)
    if isinstance(value, list):
        return [
            line
            for nth, one in enumerate(value)
            for line in faults(one, _item(shape, nth), f"{where}[{nth}]")
        ]
    if isinstance(value, str) and shape.get("format") in READ_AS:
        try:
            READ_AS[shape["format"]](value)
        except ValueError:
            return [f"{where}: {value!r} is no {shape['format']}"]
    return []


def _item(shape: dict[str, Any], nth: int) -> dict[str, Any]:
    first: list[dict[str, Any]] = shape.get("prefixItems", [])
    return first[nth] if nth < len(first) else shape.get("items") or {}


def _of_object(value: dict[str, Any], shape: dict[str, Any], where: str) -> list[str]:
    known, rest = shape.get("properties", {}), shape.get("additionalProperties", True)
    found = [f"{where}: no {name}" for name in shape.get("required", []) if name not in value]
    for name, one in value.items():
        if name in known:
            found += faults(one, known[name], f"{where}.{name}")
        elif isinstance(rest, dict):
            found += faults(one, rest, f"{where}.{name}")
        elif not rest or known:
            found.append(f"{where}: {name} is not promised")
    return found
