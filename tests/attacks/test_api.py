"""Every verb of the API × every member of the cast, with requests that Schemathesis makes up from its description.

Half of them are as the description wants them, half break it. Nothing may break (no 5xx), and what is answered has a
status, a kind of content and a shape that the description promises. The short form asks each verb by two of the cast
in turn; ``UNIONHALL_FULL=1`` by everybody, with a hundred requests of each who is let in (a verb that reads nothing
has but one).
"""

from __future__ import annotations

import copy
import json
import os
from collections import Counter

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.api import schema
from tests.attacks.described import JSON, asked, operations, wrong
from tests.tenancy.two_unions import CAST, clients, ids, worlds  # noqa: F401 — two fixtures

pytestmark = pytest.mark.django_db
FULL = bool(os.environ.get("UNIONHALL_FULL"))
LET_IN, OTHERS = (100, 10) if FULL else (2, 1)  # requests of each
FITTING = {
    "/desk/": {"bo", "cai", "fu", "our_key"},
    "/welfare/till/": {"clerk", "their_clerk"},
    "/welfare/redemptions/": {"clerk", "their_clerk"},
}
MEMBERS = {"ann", "chen", "stranger"}
MADE_UP = settings(
    max_examples=LET_IN,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
RAW = [
    b"", b"{", b"[]", b"null", b"1", b'""', b"NaN", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 20_000, b'{"a":' * 20_000, b"1" * 10_000,
    b'{"a":1,"a":2}', b'{"\\ud842":"\\ud842"}', b'{"a":1e999}', b'{"__proto__":{}}', b"{} {}", b"a=b", json.dumps({str(n): n for n in range(20_000)}).encode(),
]  # fmt: skip


def let_in(address):
    return next((who for part, who in FITTING.items() if part in address), MEMBERS)


def cases(operation):
    """As described, and broken where there is something to break."""
    reads = operation.body or list(operation.iter_parameters())
    modes = GenerationMode if reads else [GenerationMode.POSITIVE]
    return st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])


def askers(nth, address):
    """Name -> number of requests: in the short form one who is let in and one who is not, each verb another."""
    own = sorted(let_in(address))
    others = [name for name in CAST if name not in own]
    if not FULL:
        own, others = [own[nth % len(own)]], [others[nth % len(others)]]
    return dict.fromkeys(own, LET_IN) | dict.fromkeys(others, OTHERS)


def broken_by_made_up_requests(clients, chosen):  # noqa: F811
    """What went wrong, a line each, and how often each status was answered."""
    found, answers = [], Counter()
    for nth, operation in enumerate(chosen):
        left = askers(nth, operation.path)

        @MADE_UP
        @given(case=cases(operation))
        def ask(case):
            for name in [name for name, requests in left.items() if requests]:  # noqa: B023 — called at once
                left[name] -= 1  # noqa: B023
                answer = asked(case, clients[name])
                answers[answer.status_code] += 1
                found.extend(
                    f"{name} {case.operation.label} {case}: {line}" for line in wrong(case, answer)
                )

        ask()
    return found, answers


def test_no_made_up_request_breaks_a_verb(worlds, clients):  # noqa: F811
    chosen = operations(ids(worlds[0]))
    found, answers = broken_by_made_up_requests(clients, chosen)
    print(sum(answers.values()), "requests:", dict(sorted(answers.items())))
    assert found[:20] == []
    assert sum(answers.values()) >= 2 * len(chosen)
    assert {200, 401, 403, 404, 422} <= answers.keys()


def test_what_is_there_and_hostile_texts_are_asked_with():
    put = next(
        one
        for one in operations({"merchant_id": 7})
        if one.label.startswith("PUT /api/v1/welfare/desk/merch")
    )
    drawn = Counter()

    @settings(MADE_UP, max_examples=20)
    @given(case=cases(put))
    def draw(case):
        drawn.update((one.dictionary, one.parameter_location) for one in case.meta.dictionary_draws)

    draw()
    assert drawn["merchant_id", "path"] > 5
    assert drawn["hostile", "body"] > 5


def described_otherwise(responses):
    """The description, with other responses of one verb: that verb alone."""
    described = copy.deepcopy(schema())
    described["paths"]["/api/v1/inbox/unread/"]["get"]["responses"] = responses
    return [one for one in operations({}, described) if one.path.endswith("/unread/")]


OTHERWISE = {
    '"x" is a required property': {200: {"content": {JSON: {"schema": {"required": ["x"]}}}}},
    "Undocumented Content-Type": {200: {"content": {"text/plain": {}}}},
    "Undocumented status code": {401: {"description": ""}},
}


def test_a_verb_that_answers_otherwise_would_be_seen(worlds, clients):  # noqa: F811
    for seen, responses in OTHERWISE.items():
        found, _answers = broken_by_made_up_requests(clients, described_otherwise(responses))
        assert any(seen in line for line in found), (seen, found)


def test_a_verb_that_breaks_would_be_seen(worlds, clients, monkeypatch):  # noqa: F811
    from unionhall.site import me_api

    def broken(*_args):
        raise RuntimeError

    monkeypatch.setattr(me_api, "member_of", broken)
    chosen = [one for one in operations({}) if one.path == "/api/v1/me/"]
    found, _answers = broken_by_made_up_requests(clients, chosen)
    assert any("Server error" in line for line in found), found


def test_no_body_that_is_no_json_breaks_a_verb(worlds, clients):  # noqa: F811
    known, found = ids(worlds[0]), []
    for nth, operation in enumerate(one for one in operations({}) if one.body):
        case = operation.Case(
            path_parameters={one.name: known[one.name] for one in operation.path_parameters}
        )
        client = clients[min(let_in(operation.path))]
        for body in RAW if FULL else RAW[nth % 6 :: 6]:
            lines = wrong(case, asked(case, client, body))
            found += [f"{operation.label} {case} {body[:40]!r}: {line}" for line in lines]
    assert found[:20] == []


def test_the_description_itself_is_read(client: Client):
    assert client.get("/api/v1/openapi.json").json()["paths"].keys() == schema()["paths"].keys()
