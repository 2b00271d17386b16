"""What was said about people whom a roll does not name: what, when, by whom, with a note."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from unionhall.base.ledger.models import Entry
from unionhall.people.members import actions as members
from unionhall.people.members.models import Absence
from unionhall.people.members.queries import open_absences
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, taken_in
from unionhall.people.members.tests.test_desk import at_the_desk, to

pytestmark = pytest.mark.django_db


@pytest.fixture
def bos(client, bo):
    return at_the_desk(client, bo)


@pytest.fixture
def roll(plant7, bo):
    names = ["苏惊蛰", "何立夏", "陈小满", "林清明"]
    taken_in(a_roll(*[a_person(n, name) for n, name in enumerate(names, 1)]), plant7, bo)
    return taken_in(a_roll(a_person(1, "苏惊蛰")), plant7, bo)


def decide(bos, roll, name, **said):
    [one] = open_absences(roll, None).filter(membership__member__name=name)
    sent = {"who": "some", "people": [one.pk], **said}
    return bos.post(to("absent", roll.pk), sent, follow=True)


def test_what_was_decided_is_listed_with_its_day_its_officer_and_its_note(bos, roll):
    assert "of=decided" not in bos.get(to("absent", roll.pk)).text
    page = decide(bos, roll, "何立夏", why="moved", note="和本人通过电话").text
    assert "?of=decided" in page
    decide(bos, roll, "陈小满", why="keep")
    page = bos.get(to("absent", roll.pk), {"of": "decided"}).text
    said = timezone.localtime(Entry.objects.filter(action="members.absent_decided").first().at)
    for part in ("已经办了 2 人", "离开了单位", "和本人通过电话", "没有变，还在会"):
        assert part in page
    assert f"{said:%Y-%m-%d %H:%M}" in page
    assert ">何立夏</td>" in page  # the officer
    assert "林清明" not in page
    assert "电话" not in str(Entry.objects.values_list("detail", flat=True))


def test_a_note_has_an_end(bos, roll):
    assert "何立夏" in decide(bos, roll, "何立夏", why="moved", note="说" * 201).text
    assert not Absence.objects.exclude(decision="").exists()


def test_what_was_decided_leaves_as_a_file(bos, roll):
    decide(bos, roll, "何立夏", why="died", note="家属来过")
    address = f"{reverse('desk:export_new', args=['members.absent'])}?roll={roll.pk}&of=decided"
    purpose = bos.get(address).context["form"].fields["purpose"].choices[1][0]
    said = {"purpose": purpose, "format": "csv", "columns": ["name", "said", "note"]}
    text = bos.post(address, said).content.decode("utf-8-sig")
    assert "何立夏,去世,家属来过" in text
    assert "林清明" not in text


def test_an_officer_reads_of_her_own_people_alone(client, roll, cai, bos):
    decide(bos, roll, "何立夏", why="moved", note="x")
    assert at_the_desk(client, cai).get(to("absent", roll.pk)).status_code == 404


def test_a_long_list_asks_no_more_than_a_short_one(bos, roll, bo):
    address = f"{to('absent', roll.pk)}?of=decided"
    counted = []
    for name in ("何立夏", "陈小满"):
        decide(bos, roll, name, why="retired")
        bos.get(address)
        with CaptureQueriesContext(connection) as asked:
            bos.get(address)
        counted.append(len(asked))
    assert counted[0] == counted[1]
    members.undo_roll(roll, by=bo, reason="传错了")
    assert "办过的人" not in bos.get(address).text
