"""A list that is let go meets somebody who says yes to it at the same moment."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from unionhall.base.errors import Refused
from unionhall.people.members.tests.at_once import meanwhile
from unionhall.people.unions import actions as unions
from unionhall.people.unions.models import ListImport, Union
from unionhall.people.unions.tests.test_actions_import import a_list, sent_in


@pytest.fixture
def old(transactional_db, plant7, bo):
    """Checked a month ago, and nobody has said yes."""
    sent = sent_in(a_list(("一分会", plant7.name, "分会")), bo)
    ListImport.objects.update(created_at=timezone.now() - dt.timedelta(days=31))
    return sent


def test_a_list_that_is_confirmed_as_it_grows_old_keeps_its_rows(old, bo):
    forgotten = meanwhile(lambda: unions.confirm_list(old, by=bo), unions.forget_old_lists)
    unions.take_in_confirmed_lists()
    old.refresh_from_db()
    assert (forgotten, old.state, old.list_rows.count()) == (0, "done", 2)
    assert Union.objects.filter(name="一分会").exists()


def test_whoever_says_yes_after_a_list_was_let_go_hears_of_it(old, bo):
    refused = meanwhile(unions.forget_old_lists, lambda: unions.confirm_list(old, by=bo))
    assert isinstance(refused, Refused)
    old.refresh_from_db()
    assert (old.state, old.content, old.list_rows.count()) == ("discarded", None, 0)
