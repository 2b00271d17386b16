"""Whose a list is: its sender's, and theirs who run all that it was sent for."""

from __future__ import annotations

import pytest

from unionhall.base.errors import Refused
from unionhall.people.unions import actions as unions
from unionhall.people.unions.exports import LIST_ROWS
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import built_on_list
from unionhall.people.unions.tests.test_actions_import import a_list, said_yes, sent_in
from unionhall.people.unions.tests.test_desk import at_the_desk, to


@pytest.fixture
def imported(bo, plant7):
    """Bo's list: it changes one union and founds another."""
    unions.found("一分会", parent=plant7, level=4, workers=10)
    rows = (("一分会", plant7.name, "分会", 20), ("二分会", plant7.name, "分会"))
    return said_yes(sent_in(a_list(*rows), bo), bo)


@pytest.mark.parametrize("name", ["一分会", "二分会"])
def test_nobody_undoes_the_import_of_a_union_that_she_no_longer_runs(
    imported, harbour2, bo, fu, name
):
    assert built_on_list(imported, bo) == []
    unions.move(Union.objects.get(name=name), parent=harbour2, by=fu)
    with pytest.raises(Refused) as caught:
        unions.undo_list(imported, by=bo, reason="传错了")
    assert "现在归别处管的工会 1 处" in caught.value.why
    assert Union.objects.get(name="一分会").workers == 20


def test_former_values_are_shown_to_whoever_runs_the_union_now(client, imported, harbour2, bo, fu):
    at_the_desk(client, bo)
    page = to("list_import", imported.pk)
    filters = {"list": str(imported.pk), "effect": "updated"}
    changes = next(column for column in LIST_ROWS.columns if column.key == "changes")

    def exported():
        return [changes.value(row) for row in LIST_ROWS.find(bo, filters).stream()]

    assert "10 → <strong>20</strong>" in client.get(page, {"effect": "updated"}).text
    assert exported() == ["职工人数：10，改成20"]
    unions.move(Union.objects.get(name="一分会"), parent=harbour2, by=fu)
    html = client.get(page, {"effect": "updated"}).text
    assert "一分会" in html
    assert "<strong>20</strong>" not in html
    assert exported() == [""]
