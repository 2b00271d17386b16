"""The tenant matrix: every route × every member of the cast × their own and the other union's objects.

Generated from the routes, so that a new one is in it from its first day; verbs of the API are asked by each
method they have, with a body made from their OpenAPI schema. Two oracles: *who gets in* follows from the reader that
the route declares; *what is in the answer* must never hold the word that stands in every text of a union the reader
has nothing to do with.
"""

from __future__ import annotations

import itertools
import json

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, get_resolver

from tests.api import asked_by_programs, body_of, operations
from tests.architecture.test_access import routes
from tests.cast import a_login, a_member
from tests.world import SPARE, World, a_world
from unionhall.people.members.models import Membership
from unionhall.people.programs import actions as programs
from unionhall.people.programs.models import ProgramKey
from unionhall.people.unions import actions as tree
from unionhall.site.second_factor import remember

OURS, THEIRS = "甲字密语", "乙字密语"
CAST = [
    "anonymous",
    "ann",
    "bo",
    "clerk",
    "stranger",
    "chen",
    "cai",
    "their_clerk",
    "fu",
    "eve",
    "disabled",
    "our_key",
    "their_key",
    "revoked_key",
]
SEES_OURS = {"ann", "bo", "clerk", "fu", "our_key"}
SEES_THEIRS = {"chen", "cai", "their_clerk", "fu", "their_key"}
KEYS = {"our_key", "their_key"}  # of programs, which may do all that a key may
OFFICERS, CLERKS = {"bo", "cai", "fu"}, {"clerk", "their_clerk"}
READERS = {
    "runs_unions": OFFICERS,
    "works_for_a_merchant": CLERKS,
    "manages_a_merchant": CLERKS,
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def worlds(plant7, harbour2, ann, bo, chen, cai):
    clerks = [a_login("丁霜降"), a_login("谷大暑")]
    ours = a_world(plant7, officer=bo, member=ann, clerk=clerks[0].phone, word=OURS)
    theirs = a_world(harbour2, officer=cai, member=chen, clerk=clerks[1].phone, word=THEIRS)
    return ours, theirs


@pytest.fixture
def clients(worlds, fu, eve, district):
    ours, theirs = worlds
    stranger = a_member("无名氏", district, user=a_login("无名氏"))
    disabled = a_login("停用者")
    tree.appoint(disabled, union=ours.union, role="officer")
    type(disabled).objects.filter(pk=disabled.pk).update(is_active=False)
    users = {
        "ann": ours.member.user, "bo": ours.officer, "clerk": ours.clerk.user, "stranger": stranger.user,
        "chen": theirs.member.user, "cai": theirs.officer, "their_clerk": theirs.clerk.user, "fu": fu, "eve": eve,
        "disabled": disabled,
    }  # fmt: skip
    keys = {"our_key": ours.key, "their_key": theirs.key, "revoked_key": a_revoked_key(ours)}
    return {name: signed_in(users.get(name), name) for name in CAST} | {
        name: Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})
        for name, secret in keys.items()
    }


def a_revoked_key(world: World) -> str:
    key, secret = programs.issue_key(world.union, name="旧系统", by=world.officer, may_confirm=True)
    programs.revoke_key(key, by=world.officer)
    return secret


def signed_in(user, name: str) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
        session = client.session
        remember(session, user)
        session.save()
    return client


def ids(world: World) -> dict[str, object]:
    """What stands for each parameter of a route; looked up once, for it is asked at every request."""
    if not world.ids:
        world.ids = _ids(world)
    return world.ids


def _ids(world: World) -> dict[str, object]:
    return {
        "union_id": world.union.pk, "office_id": world.officer.offices.get().pk, "member_id": world.member.pk,
        "membership_id": Membership.objects.get(member=world.member, left_on=None).pk,
        "lesson_id": world.lesson.pk, "bank_id": world.bank.pk, "question_id": world.bank.questions.first().pk,
        "contest_id": world.contest.pk, "attempt_id": world.attempt.pk, "position": 1, "review_id": world.review.pk,
        "claim_id": world.attempt.prize_id, "merchant_id": world.merchant.pk, "clerk_id": world.clerk.pk,
        "redemption_id": world.redemption.pk, "offer_id": world.giveaway.pk, "series_id": world.series.pk, "phase_id": world.phase.pk,
        "message_id": world.message.pk, "roll_id": world.roll_import.pk, "import_id": world.roll_import.pk,
        "request_id": world.transfer.pk,
        "key_id": ProgramKey.objects.get(union=world.union, name=SPARE).pk, "list_id": world.union_list.pk,
        "bank_import_id": world.bank_import.pk, "nth": 1, "kind": "sms", "field": "phone",
        "export_id": world.export.pk, "list_name": "members.roll",
    }  # fmt: skip


def ask(
    client: Client, method: str, path: str, entry: URLPattern, world: World
) -> HttpResponseBase:
    """A page is sent an empty form. A verb of the API gets its body, and what it did is undone."""
    if not operations(entry):
        return getattr(client, method)(path)
    with transaction.atomic():
        sent = json.dumps(body_of(entry, method, ids(world)))
        response = client.generic(method.upper(), path, sent, content_type="application/json")
        transaction.set_rollback(True)
    return response


def methods_of(entry: URLPattern) -> list[str]:
    """Pages are asked with both."""
    return sorted(operations(entry)) or ["get", "post"]


def address(where: str, entry: URLPattern, world: World) -> str:
    """The route filled with a union's ids; ``KeyError`` names a parameter that has no object yet."""
    known = ids(world)
    filled = where
    for name in entry.pattern.regex.groupindex:
        converter = entry.pattern.converters.get(name)
        label = next(
            token
            for token in (
                f"<int:{name}>",
                f"<slug:{name}>",
                f"<str:{name}>",
                f"<uuid:{name}>",
                f"<{name}>",
            )
            if token in filled
        )
        assert converter is not None
        filled = filled.replace(label, str(known[name]))
    return filled


def all_routes() -> list[tuple[str, URLPattern]]:
    skip = ("/api/v1/openapi", "/api/v1/$", "/static")
    return [
        (where, entry)
        for where, entry in routes()
        if not where.startswith(skip) and where != "/api/v1/"
    ]


def has_parameters(entry: URLPattern) -> bool:
    return bool(entry.pattern.regex.groupindex)


def body(response: HttpResponseBase) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    headers = " ".join(f"{name}: {value}" for name, value in response.headers.items())
    return headers + content.decode("utf-8", errors="replace")


def test_every_parameter_has_an_object(worlds):
    for where, entry in all_routes():
        address(where, entry, worlds[0])


WRITES_OF_THE_API = ["put", "patch", "delete"]


@pytest.mark.parametrize("method", ["get", "post", *WRITES_OF_THE_API])
def test_nobody_reads_of_a_union_she_has_nothing_to_do_with(worlds, clients, method):
    """Routes are asked with reads first; writes are sent empty, so that most are refused by their form."""
    found, asked, broken = [], 0, []
    for (where, entry), world, name in itertools.product(all_routes(), worlds, CAST):
        if not has_parameters(entry) and world is worlds[1]:
            continue
        if method not in methods_of(entry) or (method == "post" and where == "/sign-out/"):
            continue
        path = address(where, entry, world)
        response = ask(clients[name], method, path, entry, world)
        asked += 1
        text = body(response)
        if response.status_code >= 500:
            broken.append(f"{name} {method} {path}: {response.status_code}")
        for word, readers in ((OURS, SEES_OURS), (THEIRS, SEES_THEIRS)):
            if word in text and name not in readers:
                found.append(f"{name} {method} {path} ({response.status_code}) shows {word}")
    assert broken == []
    assert found == []
    assert asked > (800 if method in {"get", "post"} else 10)


NAMES_NO_OBJECT = {"kind", "field", "position", "list_name", "nth"}


@pytest.mark.parametrize("method", ["get", "post", *WRITES_OF_THE_API])
def test_a_foreign_object_answers_like_none(worlds, clients, method):
    """The other union's id and an id that never was: the same status for whoever has no part in it.

    So a write on a foreign object is no write: it answers as if there were nothing to write on.
    """
    ours, theirs = worlds
    told = []
    for where, entry in all_routes():
        if entry.pattern.regex.groupindex.keys() <= NAMES_NO_OBJECT:
            continue
        if method not in methods_of(entry):
            continue
        for name, world in (
            ("bo", theirs),
            ("cai", ours),
            ("ann", theirs),
            ("chen", ours),
            ("clerk", theirs),
            ("our_key", theirs),
            ("their_key", ours),
        ):
            path = address(where, entry, world)
            foreign = ask(clients[name], method, path, entry, world).status_code
            none = ask(clients[name], method, nowhere(where, entry), entry, world).status_code
            if foreign != none:
                told.append(f"{name} {method} {path}: {foreign} ≠ {none}")
    assert told == []


def nowhere(where: str, entry: URLPattern) -> str:
    filled = where
    for name in entry.pattern.regex.groupindex:
        for token, value in (
            (f"<int:{name}>", "987654321"),
            (f"<slug:{name}>", "phone"),
            (f"<str:{name}>", "phone"),
            (f"<{name}>", {"field": "phone", "kind": "sms"}.get(name, "987654321")),
        ):
            filled = filled.replace(token, value)
    return filled


def test_the_reader_a_route_declares_is_the_reader_it_has(worlds, clients):
    """Officers' pages refuse members, members' pages send strangers to sign in."""
    wrong = []
    for where, entry in all_routes():
        path = address(where, entry, worlds[0])
        readers = operations(entry) or {"get": getattr(entry.callback, "reader", None)}
        for (method, reader), name in itertools.product(readers.items(), CAST):
            status = ask(clients[name], method, path, entry, worlds[0]).status_code
            if name in KEYS and asked_by_programs(entry, method):
                fitting = status not in {401, 403}
            else:
                fitting = fits(status, reader, name)
            if not fitting:
                wrong.append(f"{name} {method} {path}: {status}, its reader is {reader}")
    assert wrong == []


def fits(status: int, reader: str | None, name: str) -> bool:
    """Whether the answer is one that this reader of the route lets ``name`` have."""
    if reader != "public" and name in {"anonymous", "disabled", "revoked_key", *KEYS}:
        return status in {302, 401, 405}
    if reader in READERS and name not in READERS[reader]:
        return status == 403
    return True


def test_the_oracle_can_fail(worlds, clients):
    """A control: her own page does hold her union's word, so its absence elsewhere means something."""
    ours, _theirs = worlds
    assert OURS in body(clients["bo"].get(f"/desk/lectures/{ours.series.pk}/"))
    assert OURS in body(clients["ann"].get(f"/lectures/{ours.phase.pk}/"))
    push = f"/api/v1/members/desk/rolls/{ours.roll_import.pk}/"
    assert OURS in body(clients["our_key"].get(push))
    answers = {name: clients[name].get(push).status_code for name in ("their_key", "revoked_key")}
    assert answers == {"their_key": 404, "revoked_key": 401}
    assert get_resolver().resolve("/desk/")
