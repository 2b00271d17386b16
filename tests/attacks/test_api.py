"""Every verb of the API × every member of the cast, with requests made up from its description.

Two oracles: nothing breaks (no 5xx, and only answers that a verb may give), and what is answered is of the shape that
the description promises. The short form asks each verb by two of the cast in turn; ``UNIONHALL_FULL=1`` by everybody,
with a hundred requests of each who is let in.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import Phase, given, settings

from tests.api import schema
from tests.attacks.answers import faults
from tests.attacks.requests import RAW, addresses, bodies
from tests.tenancy.two_unions import CAST, clients, ids, worlds  # noqa: F401 — two fixtures

pytestmark = pytest.mark.django_db
FULL = bool(os.environ.get("UNIONHALL_FULL"))
LET_IN, OTHERS = (100, 10) if FULL else (3, 1)  # requests of each
FITTING = {
    "/desk/": {"bo", "cai", "fu", "our_key"},
    "/welfare/till/": {"clerk", "their_clerk"},
    "/welfare/redemptions/": {"clerk", "their_clerk"},
}
MEMBERS = {"ann", "chen", "stranger"}
NOS = {400, 401, 403, 404, 409, 413, 422, 429}
NOT_FOUND, REFUSED = 404, 409
REFUSAL = {"$ref": "#/components/schemas/RefusalOut"}
JSON = "application/json"


def verbs():
    return [
        (address, method.upper(), verb)
        for address, by_method in schema()["paths"].items()
        for method, verb in by_method.items()
    ]


def let_in(address):
    return next((who for part, who in FITTING.items() if part in address), MEMBERS)


def asked(client, method, where, body):
    """One request; what it did is undone."""
    with transaction.atomic():
        answer = client.generic(method, where, body, content_type=JSON)
        transaction.set_rollback(True)
    return answer


def wrong(answer, verb):
    """What is wrong with an answer, in a line each."""
    promised = verb["responses"]
    status = answer.status_code
    if status not in NOS and status not in promised:
        return [f"answers {status}"]
    if status == NOT_FOUND and answer["Content-Type"] != JSON:
        return []  # no verb has this address
    shape = promised.get(status, {}).get("content", {}).get(JSON, {}).get("schema")
    if shape is None and status != REFUSED:
        return []
    return faults(answer.json(), shape or REFUSAL)


def askers(nth, address):
    """Name -> number of requests: in the short form one who is let in and one who is not, each verb another."""
    own = sorted(let_in(address))
    others = [name for name in CAST if name not in own]
    if not FULL:
        own, others = [own[nth % len(own)]], [others[nth % len(others)]]
    return dict.fromkeys(own, LET_IN) | dict.fromkeys(others, OTHERS)


def broken_by_made_up_requests(clients, known, chosen):  # noqa: F811
    found, answers = [], Counter()
    for nth, (address, method, verb) in enumerate(chosen):
        for name, examples in askers(nth, address).items():

            @settings(
                max_examples=examples, database=None, derandomize=True, phases=[Phase.generate]
            )
            @given(where=addresses(address, verb, known), body=bodies(verb, known))
            def ask(where, body):
                answer = asked(clients[name], method, where, body)  # noqa: B023 — called at once
                answers[answer.status_code] += 1
                lines = wrong(answer, verb)  # noqa: B023
                found.extend(f"{name} {method} {where} {body[:200]!r}: {line}" for line in lines)  # noqa: B023

            ask()
    return found, answers


def test_no_made_up_request_breaks_a_verb(worlds, clients):  # noqa: F811
    found, answers = broken_by_made_up_requests(clients, ids(worlds[0]), verbs())
    assert found[:20] == []
    assert sum(answers.values()) >= 2 * len(verbs())
    assert {200, 401, 403, 404, 422} <= answers.keys()


def test_a_verb_that_breaks_or_answers_otherwise_would_be_seen(worlds, clients, monkeypatch):  # noqa: F811
    from unionhall.site import me_api

    chosen = [one for one in verbs() if one[0] == "/api/v1/inbox/unread/"]
    assert chosen
    monkeypatch.setitem(chosen[0][2]["responses"], 200, {"content": {JSON: {"schema": REFUSAL}}})
    found, _answers = broken_by_made_up_requests(clients, ids(worlds[0]), chosen)
    assert any("no code" in line for line in found)
    monkeypatch.undo()

    def broken(*_args):
        raise RuntimeError

    chosen = [one for one in verbs() if one[0] == "/api/v1/me/"]
    monkeypatch.setattr(me_api, "member_of", broken)
    found, _answers = broken_by_made_up_requests(clients, ids(worlds[0]), chosen)
    assert any("answers 500" in line for line in found)


def test_no_body_that_is_no_json_breaks_a_verb(worlds, clients):  # noqa: F811
    known, found = ids(worlds[0]), []
    for nth, (address, method, verb) in enumerate(verbs()):
        if "requestBody" not in verb:
            continue
        where = address
        for name, value in known.items():
            where = where.replace("{%s}" % name, str(value))  # noqa: UP031 — braces
        who = min(let_in(address))
        for body in RAW if FULL else RAW[nth % 6 :: 6]:
            lines = wrong(asked(clients[who], method, where, body), verb)
            found += [f"{method} {where} {body[:40]!r}: {line}" for line in lines]
    assert found[:20] == []


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (1, {"type": "string"}),
        (True, {"type": "integer"}),
        ("x", {"enum": ["a"]}),
        ("x", {"type": "string", "format": "date"}),
        ({}, {"type": "object", "required": ["a"]}),
        ({"a": 1}, {"type": "object", "properties": {"a": {"type": "string"}}}),
        ({"b": 1}, {"type": "object", "properties": {"a": {}}}),
        ([1], {"type": "array", "items": {"type": "string"}}),
        (None, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ({}, REFUSAL),
    ],
)
def test_what_does_not_fit_is_seen(value, shape):
    assert faults(value, shape)


def test_the_description_itself_is_read(client: Client):
    assert client.get("/api/v1/openapi.json").json()["paths"].keys() == schema()["paths"].keys()
