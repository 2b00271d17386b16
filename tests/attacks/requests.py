"""Requests made up from the API's own description: mostly of the right shape, with wrong things in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.attacks.answers import named
from tests.attacks.payloads import hostile_texts

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

ODD = [0, -1, 1, 2**31, 2**63 - 1, 2**63, 10**30, -(2**63)]
TEXTS = st.one_of(st.text(max_size=30), st.sampled_from(hostile_texts()))
PLAIN = st.one_of(st.none(), st.booleans(), st.sampled_from(ODD), st.floats(), TEXTS)
ANYTHING = st.recursive(
    PLAIN, lambda one: st.lists(one, max_size=3) | st.dictionaries(TEXTS, one, max_size=3), max_leaves=5
)  # fmt: skip
ONE_IN = 12  # values that is of no shape at all
RAW = [
    b"", b"{", b"[]", b"null", b"1", b'""', b"NaN", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 20_000, b'{"a":' * 20_000, b"1" * 10_000,
    b'{"a":1,"a":2}', b'{"\\ud842":"\\ud842"}', b'{"a":1e999}', b'{"__proto__":{}}', b"{} {}", b"a=b", json.dumps({str(n): n for n in range(20_000)}).encode(),
]  # fmt: skip


def values(shape: dict[str, Any], ids: dict[str, object], name: str = "") -> SearchStrategy[Any]:
    """Of this shape, one in twelve of none. An integer named like an object is mostly its id."""
    right = _right(shape, ids, name)
    return st.integers(1, ONE_IN).flatmap(lambda roll: ANYTHING if roll == ONE_IN else right)


def _right(shape: dict[str, Any], ids: dict[str, object], name: str) -> SearchStrategy[Any]:
    if "$ref" in shape:
        return values(named(shape["$ref"]), ids, name)
    if either := shape.get("anyOf") or shape.get("allOf"):
        return st.one_of([values(one, ids, name) for one in either])
    if "enum" in shape:
        return st.sampled_from(shape["enum"])
    if shape.get("type") == "object":
        return _object(shape, ids)
    if shape.get("type") == "array":
        return st.lists(values(shape.get("items", {}), ids, name), max_size=3)
    return _scalar(shape, ids.get(f"{name}_id", ids.get(name)))


def _object(shape: dict[str, Any], ids: dict[str, object]) -> SearchStrategy[Any]:
    known, must = shape.get("properties", {}), set(shape.get("required", []))
    fields = {name: values(one, ids, name) for name, one in known.items()}
    if not known and isinstance(rest := shape.get("additionalProperties"), dict):
        return st.dictionaries(TEXTS | _ids(ids), values(rest, ids), max_size=3)
    return st.fixed_dictionaries(
        {name: one for name, one in fields.items() if name in must},
        optional={name: one for name, one in fields.items() if name not in must},
    )


def _ids(ids: dict[str, object]) -> SearchStrategy[str]:
    return st.sampled_from([str(one) for one in ids.values()])


def _scalar(shape: dict[str, Any], known: object) -> SearchStrategy[Any]:
    kind, form = shape.get("type"), shape.get("format")
    if kind == "integer":
        odd = st.sampled_from(ODD) | st.integers()
        return st.just(known) | odd if isinstance(known, int) else odd
    if form == "date":
        return st.dates().map(str)
    if form == "date-time":
        return st.datetimes().map(lambda one: one.isoformat())
    if kind == "string":
        return st.from_regex(shape["pattern"]) | TEXTS if "pattern" in shape else TEXTS
    return {"boolean": st.booleans(), "number": st.floats(), "null": st.none()}.get(
        kind or "", ANYTHING
    )


def addresses(address: str, verb: dict[str, Any], ids: dict[str, object]) -> SearchStrategy[str]:
    """The address with its own objects, or odd ones, in the path, and whatever the verb reads in its query."""
    asked = verb.get("parameters", [])
    path = {
        one["name"]: st.just(ids[one["name"]]) | st.sampled_from([ids[one["name"]], *ODD, "x\x00"])
        for one in asked
        if one["in"] == "path"
    }
    query = {
        one["name"]: values(one["schema"], ids, one["name"])
        for one in asked
        if one["in"] == "query"
    }
    return st.builds(
        _filled, st.just(address), st.fixed_dictionaries(path), st.fixed_dictionaries({}, optional=query)
    )  # fmt: skip


def _filled(address: str, path: dict[str, Any], query: dict[str, Any]) -> str:
    for name, value in path.items():
        address = address.replace("{%s}" % name, _quoted(value))  # noqa: UP031 — braces
    asked = "&".join(
        f"{name}={_quoted(value)}" for name, value in query.items() if value is not None
    )
    return f"{address}?{asked}" if asked else address


def _quoted(value: object) -> str:
    return quote(str(value).encode("utf-8", "surrogatepass"), safe="")


def bodies(verb: dict[str, Any], ids: dict[str, object]) -> SearchStrategy[bytes]:
    """JSON for a verb that reads some; nothing for one that does not."""
    if "requestBody" not in verb:
        return st.just(b"")
    shape = verb["requestBody"]["content"]["application/json"]["schema"]
    return values(shape, ids).map(lambda one: json.dumps(one).encode())
