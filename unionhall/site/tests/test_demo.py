from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from tests.cast import a_login
from unionhall.base.clock import now_in_database
from unionhall.domain.lectures.models import Phase
from unionhall.domain.quiz.queries.winners import winners_of
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts import rules
from unionhall.people.accounts.queries import totp_code
from unionhall.site import cast, demonstration

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def test_the_cast_is_listed_with_the_present_code(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    officer = cast.player("officer")
    accounts.enrol_totp_for_demo(a_login(officer.name, officer.phone), cast.TOTP_SECRET)
    for player in cast.PLAYERS:
        if player != officer:
            a_login(player.name, player.phone)
    step = rules.step_of(now_in_database())
    page = client.get("/demo/").content.decode()
    assert all(player.phone in page for player in cast.PLAYERS)
    assert any(totp_code(cast.TOTP_SECRET, one) in page for one in (step, step + 1))


def test_on_ones_own_data_nobody_plays(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEMO = True
    a_login("周白露", "19900000001")
    page = client.get("/demo/").content.decode()
    call_command("cast")
    said = capsys.readouterr().out
    for told in (page, said):
        assert not any(player.phone in told for player in cast.PLAYERS)
        assert cast.TOTP_SECRET not in told
    assert "这里是你自己的数据" in page
    assert "Your own data" in said


def test_outside_a_demonstration_there_is_no_such_page(client: Client, settings: Settings) -> None:
    settings.DEMO = False
    assert client.get("/demo/").status_code == 404
    assert "/demo/" not in client.get("/").content.decode()


def test_the_demonstration_has_winners_and_most_show_their_names(
    settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    demonstration.load()
    second = Phase.objects.select_related("contest").get(number=2)
    assert second.contest
    names = [winner.name for winner in winners_of(second.contest)]
    assert len(names) == demonstration.PAPERS
    assert len(names) / 2 < len([name for name in names if name]) < len(names)
    first = Phase.objects.select_related("contest").get(number=1)
    assert first.contest
    assert winners_of(first.contest) == []
