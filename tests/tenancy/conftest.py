"""Two unions with their people for the tests of single verbs; the matrix has a town of its own."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import a_login, a_member
from tests.world import World, a_world
from unionhall.people.programs import actions as programs
from unionhall.people.unions import actions as tree
from unionhall.site.second_factor import remember

OURS, THEIRS = "甲字密语", "乙字密语"


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
    signed = {"anonymous": Client(raise_request_exception=False)}
    signed |= {name: signed_in(user) for name, user in users.items()}
    return signed | {
        name: Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})
        for name, secret in keys.items()
    }


def a_revoked_key(world: World) -> str:
    key, secret = programs.issue_key(world.union, name="旧系统", by=world.officer, may_confirm=True)
    programs.revoke_key(key, by=world.officer)
    return secret


def signed_in(user) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    session = client.session
    remember(session, user)
    session.save()
    return client
