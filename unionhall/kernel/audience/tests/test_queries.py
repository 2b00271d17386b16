from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import a_member
from unionhall.kernel.audience.queries import describe, how_many, includes, including, members
from unionhall.kernel.audience.rules import EVERYBODY, Audience
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member, Membership
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union

pytestmark = pytest.mark.django_db


@pytest.fixture
def everyone(plant7: Union, harbour2: Union) -> list[Member]:
    """Every mixture of traits, in two unions, and one who has left."""
    found = []
    for nth, (union, sex, grade, front, employment) in enumerate(
        product(
            (plant7, harbour2), "fm", (None, 3, 7), (None, True, False), ("regular", "new_form")
        )
    ):
        member = a_member("周白露", union)
        Member.objects.filter(pk=member.pk).update(
            sex=sex, skill_grade=grade, front_line=front, employment=employment
        )
        standing = "retained" if nth % 5 == 0 else "current"
        joined = dt.date(2000 + nth % 20, 1, 1) if nth % 7 else None
        Membership.objects.filter(member=member).update(standing=standing, joined_on=joined)
        found.append(member)
    Membership.objects.filter(member=found[0]).update(left_on=dt.date(2020, 1, 1))
    return found


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_the_list_and_the_yes_or_no_agree(
    data: st.DataObject, everyone: list[Member], plant7: Union, district: Union
) -> None:
    some = st.lists(
        st.sampled_from([member.pk for member in everyone]), max_size=5, unique=True
    ).map(tuple)
    audience = Audience(
        under_union=data.draw(st.sampled_from([None, plant7.pk, district.pk, 0])),
        standings=data.draw(st.sampled_from([(), ("retained",), ("current", "retained")])),
        sexes=data.draw(st.sampled_from([(), ("f",)])),
        employments=data.draw(st.sampled_from([(), ("new_form",)])),
        front_line=data.draw(st.sampled_from([None, True, False])),
        min_skill_grade=data.draw(st.sampled_from([None, 3, 4, 8])),
        joined_before=data.draw(st.sampled_from([None, dt.date(2010, 1, 1)])),
        also=data.draw(some),
        except_=data.draw(some),
    )
    listed = list(members(audience).values_list("pk", flat=True))
    assert len(listed) == len(set(listed))
    expected = {member.pk for member in everyone if is_meant(audience, member, plant7)}
    assert set(listed) == expected
    assert how_many(audience) == len(expected)
    placed = dataclasses.replace(audience, **BY_PLACE_ALONE)  # then it counts by another table
    assert how_many(placed) == members(placed).count()
    for member in data.draw(st.lists(st.sampled_from(everyone), max_size=3)):
        assert includes(audience, member) == (member.pk in expected)
        assert including([audience], member) == ({audience} if member.pk in expected else set())
        together = [EVERYBODY, audience, Audience(sexes=("m",)), Audience(also=(member.pk,))]
        assert including(together, member) == {one for one in together if includes(one, member)}


BY_PLACE_ALONE: dict[str, Any] = {
    "sexes": (), "employments": (), "front_line": None, "min_skill_grade": None, "also": (), "except_": (),
}  # fmt: skip


def is_meant(audience: Audience, member: Member, plant7: Union) -> bool:
    """The rule once more, in plain words, as the oracle."""
    now = Member.objects.get(pk=member.pk)
    membership = Membership.objects.get(member=now)
    if membership.left_on or now.pk in audience.except_:
        return False
    if now.pk in audience.also:
        return True
    under = audience.under_union
    return (
        (under is None or (under != 0 and (under != plant7.pk or membership.union_id == plant7.pk)))
        and (not audience.standings or membership.standing in audience.standings)
        and (not audience.sexes or now.sex in audience.sexes)
        and (not audience.employments or now.employment in audience.employments)
        and audience.front_line in (None, now.front_line)
        and (audience.min_skill_grade is None or (now.skill_grade or 0) >= audience.min_skill_grade)
        and (
            audience.joined_before is None
            or (membership.joined_on is not None and membership.joined_on < audience.joined_before)
        )
    )


def test_who_has_left_is_in_no_audience(ann: Member) -> None:
    assert includes(EVERYBODY, ann)
    Membership.objects.filter(member=ann).update(left_on=dt.date(2026, 1, 1))
    assert not includes(EVERYBODY, ann)
    assert not includes(Audience(also=(ann.pk,)), ann)


def test_everybody_and_somebody_more_are_everybody(ann: Member, chen: Member) -> None:
    assert set(members(Audience(also=(ann.pk,)))) == {ann, chen}


def test_whoever_has_moved_is_meant_once_and_where_she_is(
    ann: Member, plant7: Union, harbour2: Union, district: Union
) -> None:
    Membership.objects.filter(member=ann).update(left_on=dt.date(2026, 1, 1))
    Membership.objects.create(member=ann, union=harbour2)
    assert list(members(Audience(under_union=plant7.pk))) == []
    assert list(members(Audience(under_union=district.pk))) == [ann]


def test_the_yes_or_no_asks_once(
    ann: Member, plant7: Union, django_assert_num_queries: Callable[[int], object]
) -> None:
    for audience in (EVERYBODY, Audience(under_union=plant7.pk)):
        with django_assert_num_queries(1):  # type: ignore[attr-defined]
            assert includes(audience, ann)


def test_a_union_that_moved_is_where_it_is_now(
    ann: Member, bo: User, plant7: Union, harbour2: Union
) -> None:
    """Although the statement was written before."""
    under = Audience(under_union=harbour2.pk)
    assert not includes(under, ann)
    tree.move(plant7, parent=harbour2, by=bo)
    assert includes(under, ann)


def test_an_audience_is_described_in_words(plant7: Union) -> None:
    audience = Audience(
        under_union=plant7.pk,
        standings=("current",),
        sexes=("f",),
        employments=("regular", "dispatched"),
        front_line=True,
        min_skill_grade=4,
        joined_before=dt.date(2020, 1, 1),
        also=(1, 2, 3),
        except_=(4,),
    )
    with translation.override("zh-hans"):
        assert describe(EVERYBODY) == "全体会员"
        assert describe(Audience(under_union=0)) == "一个已经撤销的工会的会员（没有人）"
        assert describe(Audience(front_line=False)) == "全体会员，不是一线职工"
        assert describe(audience) == (
            "七号厂工会及下级工会的会员，在籍，女，合同制或劳务派遣，一线职工，高级工及以上，"
            "2020年1月1日之前入会，另加 3 人，除去 1 人"
        )
