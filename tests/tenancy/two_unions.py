"""Two unions side by side and everybody who may ask there: for tests of single verbs and doors.

The matrix itself is held against a town of four unions: ``town.py``.
"""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import URLPattern

from tests.cast import a_login, a_member
from tests.tenancy import town
from tests.tenancy.asking import signed_in
from tests.tenancy.routes import Route
from tests.world import World, a_world
from unionhall.people.accounts.models import User
from unionhall.people.programs import actions as programs
from unionhall.people.unions import actions as tree

CAST = [
    "anonymous", "ann", "bo", "clerk", "stranger", "chen", "cai", "their_clerk", "fu", "eve", "disabled", "our_key",
    "their_key", "revoked_key",
]  # fmt: skip


@pytest.fixture
def worlds(plant7, harbour2, ann, bo, chen, cai):
    clerks = [a_login("丁霜降"), a_login("谷大暑")]
    ours = a_world(plant7, officer=bo, member=ann, clerk=clerks[0].phone, word="甲字密语")
    theirs = a_world(harbour2, officer=cai, member=chen, clerk=clerks[1].phone, word="乙字密语")
    return ours, theirs


@pytest.fixture
def clients(worlds, fu, eve, district):
    ours, theirs = worlds
    stranger = a_member("无名氏", district, user=a_login("无名氏"))
    users = {
        "ann": ours.member.user, "bo": ours.officer, "clerk": ours.clerk.user, "stranger": stranger.user,
        "chen": theirs.member.user, "cai": theirs.officer, "their_clerk": theirs.clerk.user, "fu": fu, "eve": eve,
        "disabled": stopped_officer(ours),
    }  # fmt: skip
    keys = {"our_key": ours.key, "their_key": theirs.key, "revoked_key": revoked_key(ours)}
    by_key = {name: {"Authorization": f"Bearer {secret}"} for name, secret in keys.items()}
    return {
        "anonymous": Client(raise_request_exception=False),
        **{name: signed_in(user) for name, user in users.items()},
        **{
            name: Client(raise_request_exception=False, headers=headers)
            for name, headers in by_key.items()
        },
    }


def stopped_officer(world: World) -> User:
    user = a_login("停用者")
    tree.appoint(user, union=world.union, role="officer")
    User.objects.filter(pk=user.pk).update(is_active=False)
    return user


def revoked_key(world: World) -> str:
    key, secret = programs.issue_key(
        world.union, name="旧系统", by=world.officer, scopes=["rolls:confirm"]
    )
    programs.revoke_key(key, by=world.officer)
    return secret


def ids(world: World) -> dict[str, object]:
    """What stands for each parameter of a route; looked up once, for it is asked at every request."""
    world.ids = world.ids or town.ids(world)
    return world.ids


def address(where: str, entry: URLPattern, world: World) -> str:
    """The route filled with a union's ids; ``KeyError`` names a parameter that has no object yet."""
    return Route(where, entry).path(ids(world))
