"""Roles: what each may do, from when to when, given by whom; three administrators who are three people."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.people import a_login
from unionhall.base.errors import Refused
from unionhall.people.unions import actions as unions
from unionhall.people.unions.models import Office, Union
from unionhall.people.unions.queries import (
    in_charge_of,
    is_officer,
    may_staff,
    office_in_charge,
    offices_within,
)
from unionhall.people.unions.rules.roles import ADMINISTRATORS, POWERS
from unionhall.people.unions.tests.test_desk import at_the_desk
from unionhall.people.unions.wording import roles_told

pytestmark = pytest.mark.django_db


def test_every_role_has_its_powers_and_its_words():
    assert set(POWERS) == set(Office.Role.values)
    assert len(roles_told()) == len(POWERS)


@pytest.mark.parametrize("role", sorted(POWERS))
def test_a_role_may_what_the_table_says(plant7, role, district):
    user, union = a_login("梁春分"), district if role in ADMINISTRATORS else plant7
    unions.appoint(user, union=union, role=role)
    assert is_officer(user) == POWERS[role].runs
    assert in_charge_of(user).filter(pk=union.pk).exists() == POWERS[role].runs
    assert may_staff(user, union) == POWERS[role].staffs


def test_nobody_gives_herself_a_role_nor_names_those_who_watch_her(district, plant7, bo, fu):
    user = a_login("梁春分")
    for by, union, role, whom in (
        (fu, plant7, "chair", fu),  # herself
        (fu, district, "audit", user),  # who watches is named by a chair
        (fu, plant7, "auditor", user),
        (bo, plant7, "chair", user),  # beside her, by one who is none
    ):
        with pytest.raises(Refused, match="没有任命"):
            unions.appoint(whom, union=union, role=role, by=by)
    chair = unions.appoint(user, union=plant7, role="chair", by=fu)
    with pytest.raises(Office.DoesNotExist):
        office_in_charge(bo, chair.pk)
    assert office_in_charge(fu, chair.pk) == chair


def test_whoever_runs_the_platform_runs_no_members_and_the_other_way_round(district, bo):
    head, user = a_login("周主席"), a_login("梁春分")
    unions.appoint(head, union=district, role="chair")
    unions.appoint(user, union=district, role="system", by=head)
    with pytest.raises(Refused, match="不能是同一个人"):
        unions.appoint(user, union=district, role="officer", by=head)
    with pytest.raises(Refused, match="不能是同一个人"):
        unions.appoint(bo, union=district, role="security", by=head)


def test_no_two_administrators_are_one_person(district, plant7):
    head, user = a_login("周主席"), a_login("梁春分")
    unions.appoint(head, union=district, role="chair")
    unions.appoint(user, union=district, role="system", by=head)
    with pytest.raises(Refused, match="互相看着"):
        unions.appoint(user, union=district, role="audit", by=head)
    with pytest.raises(Refused, match="只在最上面"):
        unions.appoint(a_login("另一个"), union=plant7, role="security", by=head)
    with pytest.raises(IntegrityError), transaction.atomic():
        Office.objects.create(
            user=user, union=district, role="security", since_on=timezone.localdate()
        )


def test_an_office_ends_with_its_last_day(plant7, fu):
    user, today = a_login("梁春分"), timezone.localdate()
    office = unions.appoint(
        user, union=plant7, role="chair", by=fu, ends_on=today, because="代理一天"
    )
    assert is_officer(user)
    Office.objects.filter(pk=office.pk).update(ends_on=today - dt.timedelta(days=1))
    assert not is_officer(user), "with the very next request, whatever the sweep does"
    assert unions.end_offices_past() == 1
    office.refresh_from_db()
    assert office.until_on == today
    again = unions.appoint(user, union=plant7, role="chair", by=fu)
    assert again != office


def test_who_may_do_what_is_told_with_who_gave_it(plant7, bo, fu, client):
    user = a_login("梁春分")
    office = unions.appoint(user, union=plant7, role="deputy", by=fu, because="委员会选的")
    html = at_the_desk(client, fu).get("/desk/unions/offices/", {"q": "梁"}).text
    for said in (user.name, "副主席", plant7.name, fu.name, "委员会选的"):
        assert said in html
    assert bo.name not in html
    unions.dismiss(office, by=fu)
    every = Union.objects.all()
    assert not offices_within(every, q="梁").exists()
    assert list(offices_within(every, q="梁", when="past")) == [office]


def test_a_form_gives_an_office_its_last_day(plant7, fu, client):
    user = a_login("梁春分")
    day = timezone.localdate() + dt.timedelta(days=30)
    sent = {"phone": user.phone, "role": "officer", "ends_on": day, "because": "替产假"}
    at_the_desk(client, fu).post(f"/desk/unions/{plant7.pk}/offices/", sent)
    office = Office.objects.get(user=user)
    assert (office.ends_on, office.given_by, office.because) == (day, fu, "替产假")
