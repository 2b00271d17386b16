"""Whole bodies and queries for the verbs of the API, with a number wherever a row is meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.api import schema
from tests.tenancy.asking import Pairs, Sent
from tests.tenancy.routes import Route, tokens_of

# A field that means a row -> what stands for it in the numbers of a union
NAMED = {
    "union": "union_id", "under_union": "union_id", "member": "member_id", "merchant": "merchant_id",
    "offer": "offer_id", "lesson": "lesson_id", "bank": "bank_id", "absent": "absence_ids",
    "phases": "draft_phase_id", "cases": "application_ids", "handler": "officer_id",
}  # fmt: skip
# A number that counts or measures, and means no row
PLAIN = {
    "page", "pages", "number", "version", "score", "places", "nth", "level", "grade", "position",
    "pieces", "rows", "capacity", "valid_days",
}  # fmt: skip
GOOD = {
    "date": "2026-11-20", "date-time": "2026-11-20T09:00:00+08:00", "phone": "19900001234",
}  # fmt: skip


def verb_of(route: Route, method: str) -> dict[str, Any]:
    where = route.where
    for name in route.parameters:
        for token in tokens_of(name):
            where = where.replace(token, "{%s}" % name)  # noqa: UP031 — braces
    verb: dict[str, Any] = schema()["paths"][where].get(method.lower(), {})
    return verb


def whole(route: Route, method: str, ids: Mapping[str, object]) -> Sent:
    """Asked with every field of its body and every name in its query that means a row."""
    verb = verb_of(route, method)
    query: Pairs = [
        (one["name"], str(ids[NAMED[one["name"]]]))
        for one in verb.get("parameters", [])
        if one["in"] == "query" and one["name"] in NAMED
    ]
    body = None
    if "requestBody" in verb:
        body = filled(verb["requestBody"]["content"]["application/json"]["schema"], ids)
    return Sent(method, route.path(ids), query=query, json=body)


def filled(shape: dict[str, Any], ids: Mapping[str, object], name: str = "") -> Any:
    """A value that fits ``shape``; what means a row is one of ``ids``."""
    shape = resolved(shape)
    kind = shape.get("type", "")
    if kind == "object":
        if name in NAMED:
            return {str(ids[NAMED[name]]): filled(shape["additionalProperties"], ids)}
        return {one: filled(field, ids, one) for one, field in shape.get("properties", {}).items()}
    if name in NAMED:
        return str(ids[NAMED[name]]) if kind == "string" else ids[NAMED[name]]
    if kind == "array":
        return [filled(shape["items"], ids)] if shape.get("items") else []
    return plain(shape, kind, name)


def plain(shape: dict[str, Any], kind: str, name: str) -> Any:
    """A value that means no row."""
    if "enum" in shape:
        return shape["enum"][0]
    if kind == "string":
        return GOOD.get(name) or GOOD.get(shape.get("format", ""), "说明")
    return {"integer": 1, "number": 1, "boolean": True}.get(kind)


def resolved(shape: dict[str, Any]) -> dict[str, Any]:
    """Behind references, and the first of several kinds."""
    while "$ref" in shape or "anyOf" in shape:
        if "anyOf" in shape:
            shape = shape["anyOf"][0]
        else:
            shape = schema()["components"]["schemas"][shape["$ref"].split("/")[-1]]
    return shape


def unnamed(route: Route, method: str) -> list[str]:
    """Whole numbers in the body or query of which nobody has said whether they mean a row."""
    verb = verb_of(route, method)
    names = [
        one["name"]
        for one in verb.get("parameters", [])
        if one["in"] == "query" and resolved(one["schema"]).get("type") == "integer"
    ]
    if "requestBody" in verb:
        names += integers(verb["requestBody"]["content"]["application/json"]["schema"])
    return sorted(set(names) - NAMED.keys() - PLAIN)


def integers(shape: dict[str, Any], name: str = "") -> list[str]:
    shape = resolved(shape)
    if shape.get("type") == "object":
        return [
            found
            for one, field in shape.get("properties", {}).items()
            for found in integers(field, one)
        ]
    if shape.get("type") == "array":
        return integers(shape.get("items", {}), name)
    return [name] if shape.get("type") == "integer" else []
