"""The API's own description as Schemathesis reads it, and what it makes of an answer.

Two lists are given to its generator: the ids of objects that are there, for what is named like an object, and the
hostile texts, for what is free text. A value that would not fit goes only into requests that break the description.

Of its checks these are left out: ``negative_data_rejection`` (a number for a date, or any value for a body whose
fields are all optional, is read as pydantic reads it), ``positive_data_acceptance`` (a form says more than a shape
can: 422), and those of signing in and of what is there after another request, which ``tests/tenancy`` asks with more.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import requests
import schemathesis
from django.db import transaction
from hypothesis import core
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.hypothesis import setup

from tests.api import schema
from tests.attacks.payloads import hostile_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

JSON = "application/json"
CHOICE = "choice"
KNOWN, HOSTILE = 0.8, 0.3  # of the values that name an object; of the texts
SURROGATES = re.compile(
    "[\ud800-\udfff]"
)  # its checker cannot read them; among the raw bodies they are
PRINTER = core.RepresentationPrinter
setup()
core.RepresentationPrinter = PRINTER  # or no failing test after this one would tell its example
load_all_checks()
CHECKED = CHECKS.get_by_names(
    ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
)  # fmt: skip


def operations(
    known: dict[str, object], described: dict[str, Any] | None = None
) -> list[schemathesis.APIOperation]:
    """Every verb of the description (the API's own, unless another is given)."""
    texts = [text for text in hostile_texts() if not SURROGATES.search(text)]
    config = {
        "generation": {"deterministic": True, "with-security-parameters": False},
        "dictionaries": {"hostile": {"values": texts}}
        | {
            name: {"values": value if isinstance(value, list) else [value]}
            for name, value in known.items()
        },
        "parameters": dict(_filled(known)),
    }
    read = schemathesis.openapi.from_dict(
        described or schema(), config=schemathesis.Config.from_dict(config)
    )
    return [one.ok() for one in read.get_all_operations()]


def _filled(known: dict[str, object]) -> Iterator[tuple[str, dict[str, object]]]:
    """Place of a value -> the list that it comes from, and how often.

    A place that is a choice in any verb is left alone: a list is for all verbs, and no choice holds its values.
    """
    places = list(_places())
    choices = {place for place, _name, kind in places if kind == CHOICE}
    for place, name, kind in places:
        if place in choices:
            continue
        if of := next((one for one in (f"{name}_id", name) if one in known), None):
            yield place, {"dictionary": of, "probability": KNOWN}
        elif kind == "string" and not place.startswith("header."):
            yield place, {"dictionary": "hostile", "probability": HOSTILE}


def _places() -> Iterator[tuple[str, str, str]]:
    for verbs in schema()["paths"].values():
        for verb in verbs.values():
            for one in verb.get("parameters", []):
                yield from _leaves(one["schema"], f"{one['in']}.{one['name']}", one["name"])
            for content in verb.get("requestBody", {}).get("content", {}).values():
                yield from _leaves(content["schema"], "body")


def _leaves(shape: dict[str, Any], place: str, name: str = "") -> Iterator[tuple[str, str, str]]:
    """(place, name, kind) of every text, integer and choice."""
    if "$ref" in shape:
        named = schema()["components"]["schemas"][shape["$ref"].rsplit("/", maxsplit=1)[-1]]
        yield from _leaves(named, place, name)
    for one in shape.get("anyOf", []):
        yield from _leaves(one, place, name)
    for field, one in shape.get("properties", {}).items():
        yield from _leaves(one, f"{place}.{field}", field)
    if "items" in shape:
        yield from _leaves(shape["items"], f"{place}[*]", name)
    if shape.get("type") in {"string", "integer"}:
        yield place, name, CHOICE if "enum" in shape else shape["type"]


def asked(
    case: schemathesis.Case, client: Client, body: bytes | None = None
) -> schemathesis.Response:
    """One request, with this body in place of its own if one is given; what it did is undone."""
    request = requests.Request(**case.as_transport_kwargs("http://testserver")).prepare()
    with transaction.atomic():
        answer = client.generic(
            request.method,
            request.path_url,
            (request.body or b"") if body is None else body,
            content_type=JSON,
            headers=dict(case.headers),
        )
        transaction.set_rollback(True)
    headers = {name: [value] for name, value in answer.headers.items()}
    return schemathesis.Response(
        answer.status_code, headers, answer.content, request, elapsed=0, verify=False
    )


def wrong(case: schemathesis.Case, answer: schemathesis.Response) -> list[str]:
    """What is wrong with an answer, in a line each."""
    try:
        case.validate_response(answer, checks=CHECKED)
    except FailureGroup as found:
        return [" ".join(str(one).split()) for one in found.exceptions]
    return []
