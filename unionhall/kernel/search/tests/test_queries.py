from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cast import a_member
from unionhall.kernel.audience.rules import EVERYBODY, Audience
from unionhall.kernel.search import actions, invariants
from unionhall.kernel.search.actions import Found
from unionhall.kernel.search.models import Circle, Document
from unionhall.kernel.search.queries import found_in, visible_to
from unionhall.kernel.search.rules import matches, pieces_of
from unionhall.people.members.queries import union_of

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from unionhall.people.members.models import Member
    from unionhall.people.unions.models import Union

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


def put(key: int, title: str, *, text: str = "", kind: str = "lecture", **said: object) -> None:
    said = {"at": NOON + dt.timedelta(hours=key), "audience": EVERYBODY} | said
    actions.put(Found(kind, key, title, text, **said))  # type: ignore[arg-type]


def found(member: Member, wanted: str, **hers: list[int]) -> list[int]:
    documents = visible_to(member, union_of(member), hers=hers)
    return [one.key for one in found_in(documents, pieces_of(wanted))]


def test_what_ends_last_stands_in_front(ann: Member) -> None:
    put(1, "冬季用气安全")
    put(2, "夏季用电安全")
    assert found(ann, "安全") == [2, 1]
    assert found(ann, "用气") == [1]
    assert found(ann, "全安") == found(ann, "用水") == found(ann, "") == []


def test_neighbours_that_stand_apart_are_not_taken_for_a_word(ann: Member) -> None:
    put(1, "工会和会主，主席", text="他们的工会；会主；主席")
    put(2, "工会主席")
    assert found(ann, "工会主席") == [2]


def test_rare_characters_beyond_the_first_plane_are_found(ann: Member) -> None:
    for key, title in enumerate(["𠮷祥饭店", "㛃石", "䶮字怎么念", "\ue123厂"], start=1):
        put(key, title)
    assert [found(ann, one) for one in ("𠮷", "𠮷祥", "㛃", "䶮字", "\ue123厂")] == [
        [1], [1], [2], [3], [4],
    ]  # fmt: skip


def test_pinyin_and_english_find_from_the_beginning_of_a_syllable_or_word(ann: Member) -> None:
    put(1, "职工之家 Open Day 2026")
    for wanted in ("zgzj", "zhigong", "gongzhijia", "ope", "day", "2026", "20", "zj day"):
        assert found(ann, wanted) == [1], wanted
    for wanted in ("gz gg", "higong", "pen", "026"):
        assert found(ann, wanted) == [], wanted


def test_who_is_not_meant_neither_finds_nor_counts_it(
    ann: Member, chen: Member, plant7: Union, harbour2: Union, district: Union
) -> None:
    put(1, "安全一", audience=Audience(under_union=plant7.pk))
    put(2, "安全二", audience=Audience(under_union=harbour2.pk))
    put(3, "安全三", audience=Audience(under_union=district.pk, sexes=("m",)))
    put(4, "安全四", audience=Audience(under_union=harbour2.pk, also=(ann.pk,)))
    put(5, "安全五", audience=Audience(except_=(ann.pk,)))
    put(6, "安全六", under=plant7.pk)
    put(7, "安全七", under=harbour2.pk)
    assert found(ann, "安全") == [6, 4, 1]
    assert found(chen, "安全") == [7, 5, 4, 2]
    assert visible_to(ann, plant7).count() == 3


def test_what_is_hers_is_found_whatever_became_of_her(ann: Member, harbour2: Union) -> None:
    put(1, "安全", audience=Audience(under_union=harbour2.pk))
    put(1, "安全", kind="giveaway", audience=Audience(under_union=harbour2.pk))
    assert found(ann, "安全", lecture=[1]) == [1]
    assert visible_to(ann, None, hers={"lecture": [1]}).count() == 1
    assert visible_to(ann, None).count() == 0


def test_who_left_finds_nothing_any_more(ann: Member) -> None:
    put(1, "安全")
    ann.memberships.update(left_on=dt.date(2026, 11, 1))
    assert found(ann, "安全") == []


def test_said_again_it_replaces_what_was_said(ann: Member) -> None:
    put(1, "旧名字")
    put(1, "新名字")
    assert found(ann, "旧名") == []
    assert found(ann, "新名") == [1]
    actions.take_out("lecture", 1)
    assert found(ann, "新名") == []


def test_things_for_the_same_people_share_a_circle_and_a_question(
    ann: Member, plant7: Union, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for key in range(3):
        put(key, "安全", audience=Audience(under_union=plant7.pk, except_=(key // 2 + 1000,)))
    assert Circle.objects.count() == 2
    with django_assert_num_queries(3):
        assert len(list(found_in(visible_to(ann, plant7), pieces_of("安全")))) == 3
    for key in range(3, 40):
        put(key, "安全", audience=Audience(under_union=plant7.pk, except_=(key + 1000,)))
    with django_assert_num_queries(3):
        assert len(list(found_in(visible_to(ann, plant7), pieces_of("安全")))) == 40


def test_a_rebuilt_index_says_the_same_and_nothing_old(ann: Member) -> None:
    put(1, "安全")
    put(2, "过时", audience=Audience(except_=(1,)))
    again = [Found("lecture", 1, "安全", "", NOON, EVERYBODY)]
    assert actions.rebuild("lecture", again, lambda: {1}) == 1
    assert Document.objects.count() == 1
    assert found(ann, "安全") == [1]


def test_a_circle_that_lies_about_itself_is_seen(plant7: Union) -> None:
    put(1, "安全", audience=Audience(under_union=plant7.pk))
    (invariant,) = invariants.INVARIANTS
    assert list(invariant.offenders()) == []
    Circle.objects.update(under_union=None)
    assert list(invariant.offenders()) != []


def test_the_index_finds_what_reading_finds(plant7: Union) -> None:
    """Random titles and random things to look for: the database and the rule agree on each."""
    drawn = random.Random(7)
    signs = "安全用气工会𠮷㛃"
    titles = ["".join(drawn.choices(signs, k=drawn.randint(1, 9))) for _one in range(60)]
    reader = a_member("程大寒", plant7)
    for key, title in enumerate(titles, start=1):
        put(key, title)
    asked = {"".join(drawn.choices(signs, k=drawn.randint(1, 4))) for _one in range(60)}
    for wanted in asked | {"aq", "yongqi", "gh", "g"}:
        right = {
            key for key, title in enumerate(titles, start=1) if matches(pieces_of(wanted), title)
        }
        assert set(found(reader, wanted)) == right, wanted


@settings(max_examples=60)
@given(st.text(max_size=70))
def test_nothing_that_can_be_typed_breaks_the_question(wanted: str) -> None:
    from unionhall.kernel.search.rules import asked_as

    pieces = pieces_of(wanted)
    if pieces:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::tsquery", [asked_as(pieces)])
