"""Terms of office: told in time and once, filtered, renewed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.people import a_member
from unionhall.base.errors import Refused
from unionhall.kernel.notify.models import Message
from unionhall.people.unions import actions as unions
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries.terms import terms_of, who_runs
from unionhall.people.unions.rules.terms import ends_on
from unionhall.people.unions.tests.test_desk import at_the_desk
from unionhall.site.term_reminders import remind_of_terms

pytestmark = pytest.mark.django_db


def ending(union, days):
    day = timezone.localdate() + dt.timedelta(days=days)
    Union.objects.filter(pk=union.pk).update(term_ends_on=day, term_years=3)
    union.refresh_from_db()


@pytest.fixture
def heard(district, plant7, bo, fu):
    for user, union in ((bo, plant7), (fu, district)):
        a_member(user.name, union, user=user)
    return {bo, fu}


def test_its_officers_and_those_above_are_told_once(heard, plant7, harbour2, cai):
    ending(plant7, 80)
    ending(harbour2, 200)
    assert set(who_runs(plant7)) == heard
    assert remind_of_terms() == 2
    assert remind_of_terms() == 0
    assert {one.member.user for one in Message.objects.all()} == heard
    ending(plant7, 85)
    assert remind_of_terms() == 2, "of another end anew"


def test_what_is_over_is_not_told_any_more(heard, plant7):
    ending(plant7, -1)
    assert remind_of_terms() == 0


def test_the_list_is_narrowed_by_when_it_is_due(plant7, harbour2, district, fu, client):
    for union, days in ((plant7, -3), (harbour2, 30), (district, 300)):
        ending(union, days)
    every = Union.objects.all()
    assert [list(terms_of(every, due=due)) for due in ("", "overdue", "soon", "year")] == [
        [plant7, harbour2, district],
        [plant7],
        [harbour2],
        [harbour2, district],
    ]
    html = at_the_desk(client, fu).get("/desk/unions/terms/", {"due": "soon"}).text
    assert harbour2.name in html
    assert plant7.name not in html
    assert "1 个工会过了换届日期，1 个 90 天内到期。" in html


def test_a_re_election_begins_the_next_term(plant7, bo, client):
    ending(plant7, 10)
    held = timezone.localdate()
    answer = at_the_desk(client, bo).post(
        f"/desk/unions/{plant7.pk}/term/", {"held_on": held, "years": 5}, follow=True
    )
    plant7.refresh_from_db()
    assert (plant7.term_years, plant7.term_ends_on) == (5, ends_on(held, 5))
    assert "记下了" in answer.text
    with pytest.raises(Refused, match="晚结束"):
        unions.renew_term(plant7, held_on=held, years=3, by=bo)


def test_a_term_from_a_leap_day_ends():
    assert ends_on(dt.date(2024, 2, 29), 3) == dt.date(2027, 2, 28)
    assert ends_on(dt.date(2024, 2, 29), 5) == dt.date(2029, 2, 28)
