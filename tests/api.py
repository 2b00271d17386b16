"""How tests see the API: the verbs of a route, who may ask each, and a body that each can read."""

from __future__ import annotations

import inspect
import re
from functools import cache
from typing import Any

from django.urls import URLPattern

from tests.architecture.test_access import routes
from unionhall.people.programs.api import ProgramKeyAuth
from unionhall.site.api import api

SIGNED_IN = "signed in"
BY_FORMAT = {"date": "2026-11-20", "date-time": "2026-11-20T09:00:00+08:00"}
FREE_TEXT = {("type", "string")}
PHONE = "19900001234"  # given to nobody


@cache
def operations(entry: URLPattern) -> dict[str, str]:
    """Method in small letters -> the reader that it declares; empty for what is no verb of the API."""
    if not entry.callback.__module__.startswith("ninja."):
        return {}
    view = inspect.getclosurevars(entry.callback).nonlocals.get("self")
    return {
        method.lower(): getattr(operation.auth_callbacks[-1], "reader", SIGNED_IN)
        for operation in getattr(view, "operations", [])
        for method in operation.methods
    }


def asked_by_programs(entry: URLPattern, method: str) -> bool:
    """Whether a verb may be asked with a key."""
    if not operations(entry):
        return False
    view = inspect.getclosurevars(entry.callback).nonlocals["self"]
    return any(
        isinstance(one, ProgramKeyAuth)
        for operation in view.operations
        if method.upper() in operation.methods
        for one in operation.auth_callbacks
    )


@cache
def schema() -> dict[str, Any]:
    return api.get_openapi_schema()


def operation_ids() -> dict[str, str]:
    """Name of a verb -> its method and address."""
    return {
        verb["operationId"]: f"{method.upper()} {address}"
        for address, verbs in schema()["paths"].items()
        for method, verb in verbs.items()
    }


def texts_asked(entry: URLPattern, method: str) -> list[str]:
    """The parameters in a verb's query that are free text."""
    parameters = schema()["paths"][_addresses()[entry]][method].get("parameters", [])
    return [
        one["name"]
        for one in parameters
        if one["in"] == "query"
        and FREE_TEXT <= one["schema"].items()
        and "enum" not in one["schema"]
    ]


def body_of(entry: URLPattern, method: str, ids: dict[str, object]) -> object:
    """The smallest body that the verb can read; what names an object names one of ``ids``."""
    verb = schema()["paths"][_addresses()[entry]][method]
    if "requestBody" not in verb:
        return None
    return _sample(verb["requestBody"]["content"]["application/json"]["schema"], ids)


@cache
def _addresses() -> dict[URLPattern, str]:
    return {entry: re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", where) for where, entry in routes()}


def _sample(shape: dict[str, Any], ids: dict[str, object], name: str = "") -> Any:
    if "$ref" in shape:
        return _sample(schema()["components"]["schemas"][shape["$ref"].split("/")[-1]], ids, name)
    if "anyOf" in shape:
        return _sample(shape["anyOf"][0], ids, name)
    if "enum" in shape:
        return shape["enum"][0]
    if shape.get("type") == "object":
        fields = shape.get("properties", {})
        return {one: _sample(fields[one], ids, one) for one in shape.get("required", [])}
    if f"{name}_id" in ids and shape.get("type") == "integer":
        return ids[f"{name}_id"]
    return _plain(shape)


def _plain(shape: dict[str, Any]) -> Any:
    if shape.get("type") == "string":
        return PHONE if "pattern" in shape else BY_FORMAT.get(shape.get("format", ""), "x")
    return {"integer": 1, "number": 1, "boolean": True, "array": []}.get(shape.get("type", ""))
