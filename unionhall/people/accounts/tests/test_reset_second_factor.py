from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.queries import has_second_factor
from unionhall.people.accounts.tests.test_actions import SECRET

if TYPE_CHECKING:
    from django.test import Client

    from unionhall.people.accounts.models import User

pytestmark = pytest.mark.django_db


def test_a_lost_authenticator_is_forgotten(dee: User) -> None:
    accounts.enrol_totp_for_demo(dee, SECRET)
    call_command("reset_second_factor", dee.phone)
    assert not has_second_factor(dee)


def test_who_has_none_is_said_so(dee: User) -> None:
    with pytest.raises(CommandError):
        call_command("reset_second_factor", dee.phone)


def test_with_a_lost_authenticator_all_her_sessions_end(client: Client, dee: User) -> None:
    accounts.enrol_totp_for_demo(dee, SECRET)
    client.force_login(dee)
    assert client.get("/me/").status_code == 200
    call_command("reset_second_factor", dee.phone)
    assert client.get("/me/").status_code == 302
