"""Whose a list is: its sender's, and theirs who run all that it was sent for."""

from __future__ import annotations

import pytest

from unionhall.base.errors import Refused
from unionhall.people.unions import actions as unions
from unionhall.people.unions.exports import LIST_ROWS
from unionhall.people.unions.models import Office, Union
from unionhall.people.unions.queries import built_on_list, lists_in_charge
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


def test_whoever_runs_its_union_undoes_the_list_of_an_officer_who_left(
    client, imported, plant7, bo, cai, fu, dee
):
    unions.dismiss(bo.offices.get(), by=fu)
    unions.appoint(dee, union=plant7, role=Office.Role.OFFICER)
    assert [*lists_in_charge(fu)] == [*lists_in_charge(dee)] == [imported]
    at_the_desk(client, cai)
    assert client.get(to("undo", imported.pk)).status_code == 404
    at_the_desk(client, dee)
    assert bo.name in client.get(to("import")).text
    html = client.post(to("undo", imported.pk), {"reason": "传错了"}, follow=True).text
    assert "这次导入撤销了" in html
    assert Union.objects.get(name="一分会").workers == 10


def test_what_is_to_be_undone_first_is_named_to_whom_it_is_shown(client, imported, plant7, bo, fu):
    again = a_list(("二分会", plant7.name, "分会"))
    others, hers = (said_yes(sent_in(again, one), one) for one in (fu, bo))
    html = at_the_desk(client, bo).get(to("undo", imported.pk)).text
    assert "先撤这几份" in html
    assert to("list_import", hers.pk) in html
    assert to("list_import", others.pk) not in html
    for later in (others, hers):
        unions.undo_list(later, by=fu, reason="传错了")
    sent_in(again, fu)
    html = client.get(to("undo", imported.pk)).text
    assert "另有 1 份还没导入的台账" in html
    assert "先撤这几份" not in html


def test_a_list_for_two_unions_is_shown_to_neither_ones_officer(plant7, harbour2, bo, cai, fu, dee):
    for union in (plant7, harbour2):
        unions.appoint(dee, union=union, role=Office.Role.OFFICER)
    sent = sent_in(a_list(("一分会", plant7.name, "分会")), dee)
    unions.dismiss(dee.offices.get(union=harbour2), by=fu)
    assert [*lists_in_charge(fu)] == [*lists_in_charge(dee)] == [sent]
    assert not lists_in_charge(bo)
    assert not lists_in_charge(cai)


def test_the_list_of_somebody_who_left_is_sent_again_before_it_goes_in(plant7, bo, fu):
    content = a_list(("一分会", plant7.name, "分会"))
    sent = sent_in(content, bo)
    unions.dismiss(bo.offices.get(), by=fu)
    with pytest.raises(Refused) as caught:
        unions.confirm_list(sent, by=fu)
    assert caught.value.code == "sender_left"
    assert said_yes(sent_in(content, fu), fu).counts["effects"] == {"founded": 1}


def test_a_list_of_the_house_belongs_to_whoever_runs_the_whole_tree(plant7, bo, fu):
    content = a_list(("一分会", plant7.name, "分会"))
    sent = unions.take_in_file(content, name="台账.xlsx")
    assert [*lists_in_charge(fu)] == [sent]
    assert not lists_in_charge(bo)
    unions.undo_list(sent, by=fu, reason="传错了")
    assert not Union.objects.filter(name="一分会").exists()
    unions.found("别的区总工会", parent=None, level=1)
    assert not lists_in_charge(fu)
