"""A list that is let go meets somebody who says yes to it, or puts it back, at the same moment."""

from __future__ import annotations

import datetime as dt
import threading
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from unionhall.base.errors import Refused
from unionhall.base.spreadsheets import Column, SheetToWrite, write_xlsx
from unionhall.people.members.tests.at_once import meanwhile, until_it_waits
from unionhall.people.unions import actions as unions
from unionhall.people.unions.actions import undoing
from unionhall.people.unions.models import Change, ListImport, Union
from unionhall.people.unions.tests.test_actions_import import a_list, said_yes, sent_in


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


@pytest.fixture
def chair_changed(transactional_db, district, plant7, fu):
    """A list that named another chair; the former name is about to grow old."""
    Union.objects.filter(pk=plant7.pk).update(chair="何立夏")
    headings = ("工会名称", "上级工会", "组织级别", "工会主席")
    columns = [Column(name) for name in headings]
    row = (plant7.name, district.name, "基层工会", "周白露")
    content = write_xlsx(SheetToWrite("台账", columns, [row]))
    sent = said_yes(sent_in(content, fu), fu)
    assert Union.objects.get(pk=plant7.pk).chair == "周白露"
    Change.objects.update(at=timezone.now() - dt.timedelta(days=31))
    return sent


def test_a_former_value_that_was_seen_is_put_back_though_it_grows_old(
    chair_changed, plant7, fu, monkeypatch
):
    """The sweep comes between the look whether all is there, and the putting back."""
    look = undoing.built_on_list

    def sweep():
        unions.forget_old_lists()
        connection.close()

    def look_and_be_swept(*said):
        told = look(*said)
        sweeping.start()
        until_it_waits(sweeping)
        return told

    sweeping = threading.Thread(target=sweep)
    monkeypatch.setattr(undoing, "built_on_list", look_and_be_swept)
    unions.undo_list(chair_changed, by=fu, reason="传错了")
    sweeping.join()
    assert Union.objects.get(pk=plant7.pk).chair == "何立夏"


@pytest.mark.parametrize("yes_first", [True, False])
def test_a_yes_that_comes_first_stands_in_the_way_and_one_that_is_late_hears_why(
    transactional_db, district, plant7, fu, yes_first
):
    content = a_list(("一分会", plant7.name, "分会"))
    first = said_yes(sent_in(content, fu), fu)
    again = sent_in(content, fu)
    yes = partial(unions.confirm_list, again, by=fu)
    back = partial(unions.undo_list, first, by=fu, reason="传错了")
    outcome = meanwhile(yes, back) if yes_first else meanwhile(back, yes)
    assert isinstance(outcome, Refused)
    assert outcome.code == ("built_on" if yes_first else "list_not_checked")
