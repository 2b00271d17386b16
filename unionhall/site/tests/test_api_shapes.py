"""Lists and errors have one shape in the whole API, in its description and in its answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.api import schema
from tests.tenancy.asking import signed_in

PAGE = {"items", "page", "pages", "total"}
ERROR = {"code", "request_id"}
OWN = {"quiz_save_answer 409"}  # tells the moment at which the time was up, beside its code
# Lists of what one person or one thing has: never longer than a page, so that a page of them is all.
WHOLE = {
    "me_consent", "me_devices", "inbox_settings", "inbox_choose", "lectures_phases", "lectures_desk_candidates", "welfare_desk_member",
    "welfare_vouchers",
}  # fmt: skip


def verbs() -> Iterator[tuple[str, dict[str, Any]]]:
    for methods in schema()["paths"].values():
        for verb in methods.values():
            yield verb["operationId"], verb


def resolved(shape: dict[str, Any]) -> dict[str, Any]:
    name = shape.get("$ref", "").rsplit("/", maxsplit=1)[-1]
    return schema()["components"]["schemas"][name] if name else shape


def shapes(verb: dict[str, Any], status: int) -> list[dict[str, Any]]:
    told = verb["responses"].get(status) or verb["responses"].get(str(status)) or {}
    found = [one["schema"] for one in told.get("content", {}).values()]
    return [resolved(one) for shape in found for one in shape.get("anyOf", [shape])]


def test_a_verb_that_takes_a_page_answers_with_one():
    for name, verb in verbs():
        takes = "page" in {
            one["name"] for one in verb.get("parameters", []) if one["in"] == "query"
        }
        gives = [set(one.get("properties", {})) >= PAGE for one in shapes(verb, 200)]
        if takes:
            assert all(gives), name


def test_no_list_goes_out_bare():
    """Whoever reads a list must be told how much there is."""
    bare = [
        name for name, verb in verbs()
        if any(one.get("type") == "array" for one in shapes(verb, 200)) and name not in WHOLE
    ]  # fmt: skip
    assert bare == [], bare


def test_every_no_of_every_verb_has_a_code_and_a_number():
    lacking = [
        f"{name} {status}"
        for name, verb in verbs()
        for status in (400, 401, 403, 404, 409, 413, 422, 429, 503)
        for one in shapes(verb, status)
        if not set(one.get("properties", {})) >= ERROR or "code" not in one.get("required", [])
    ]
    assert {*lacking} <= OWN


@pytest.mark.django_db
def test_what_is_answered_is_so(bo):
    officer = signed_in(bo)
    writing = Client(enforce_csrf_checks=True)
    writing.cookies = officer.cookies
    for answer, status, code in [
        (Client().get("/api/v1/me/"), 401, "not_signed_in"),
        (officer.get("/api/v1/nowhere/"), 404, "not_found"),
        (officer.get("/api/v1/unions/desk/999999/"), 404, "not_found"),
        (officer.get("/api/v1/inbox/?page=0"), 422, "invalid"),
        (officer.delete("/api/v1/inbox/"), 405, "method_not_allowed"),
        (officer.put("/api/v1/me/more-time/", "{", content_type="application/json"), 400, "unreadable"),
        (writing.put("/api/v1/me/more-time/", "{}", content_type="application/json"), 403, "forbidden"),
    ]:  # fmt: skip
        assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (
            status,
            "application/json",
        ), code
        assert answer.json()["code"] == code
