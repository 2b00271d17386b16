from __future__ import annotations

import datetime as dt
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.cast import a_member
from unionhall.base.errors import Refused
from unionhall.base.strokes import order_of
from unionhall.people.members import actions as members
from unionhall.people.members.forms import RollFilter
from unionhall.people.members.models import Member, Membership, SavedFilter
from unionhall.people.members.queries import roll_in
from unionhall.people.members.rules import AGES, Conditions, born_in
from unionhall.people.members.rules.conditions import years_before
from unionhall.people.members.tests.test_desk import at_the_desk, to
from unionhall.people.unions.models import Union

TODAY = dt.date(2026, 11, 23)


@pytest.fixture
def bos(client, bo):
    return at_the_desk(client, bo)


def people(union: Union, **conditions: object) -> list[str]:
    return [one.member.name for one in roll_in(union, Conditions(**conditions))]


@pytest.mark.parametrize(
    ("band", "after", "until"),
    [
        ("to24", dt.date(2001, 11, 23), None),
        ("35to44", dt.date(1981, 11, 23), dt.date(1991, 11, 23)),
        ("from55", None, dt.date(1971, 11, 23)),
    ],
)
def test_she_is_a_year_older_from_her_birthday_on(band, after, until):
    assert born_in(AGES[band], on=TODAY) == (after, until)


def test_the_bands_of_ages_leave_no_birthday_out_and_hold_none_twice():
    leap_day = dt.date(2024, 2, 29)
    for on in (TODAY, leap_day):
        spans = [born_in(band, on=on) for band in AGES.values()]
        assert [one.after for one in spans[:-1]] == [one.until for one in spans[1:]]
    assert born_in(AGES["25to34"], on=leap_day).until == dt.date(1999, 2, 28)


def aged(years: int) -> dt.date:
    return years_before(timezone.localdate(), years)


@pytest.fixture
def crew(plant7, workshop):
    """Four people, no two of whom are alike in everything."""
    rows = {
        "甲": {"skill_grade": 4, "front_line": True, "employment": "regular", "sex": "f", "born_on": aged(36)},
        "乙": {"skill_grade": 5, "front_line": True, "employment": "dispatched", "sex": "m", "born_on": aged(46)},
        "丙": {"skill_grade": 4, "front_line": False, "employment": "regular", "sex": "m", "born_on": aged(66)},
        "丁": {"skill_grade": None, "front_line": None, "employment": "", "sex": "", "born_on": None},
    }  # fmt: skip
    for name, facts in rows.items():
        person = a_member(name, workshop if name == "乙" else plant7)
        Member.objects.filter(pk=person.pk).update(**facts)
    Union.objects.filter(pk=workshop.pk).update(industry_section="C", holding="state")
    Membership.objects.filter(member__name="丙").update(standing="retained")
    return plant7


@pytest.fixture
def workshop(plant7):
    from unionhall.people.unions import actions as tree

    return tree.found("一车间分会", parent=plant7, level=Union.Level.BRANCH)


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ({}, "甲乙丙丁"),
        ({"skill_grades": (4,)}, "甲丙"),
        ({"skill_grades": (4, 5), "front_line": True}, "甲乙"),
        ({"skill_grades": (4,), "front_line": True, "sexes": ("m",)}, ""),
        ({"employments": ("regular",), "standings": ("current",)}, "甲"),
        ({"industries": ("C", "G")}, "乙"),
        ({"holdings": ("state",), "front_line": False}, ""),
        ({"ages": ("from55",)}, "丙"),
        ({"ages": ("35to44", "from55")}, "甲丙"),
        ({"has_login": True}, ""),
        ({"has_login": False, "sexes": ("f", "m")}, "甲乙丙"),
        ({"query": "乙", "front_line": True}, "乙"),
        ({"query": "乙", "front_line": False}, ""),
    ],
)
def test_all_conditions_hold_and_of_one_any_value_does(crew, conditions, found):
    assert sorted(people(crew, **conditions)) == sorted(found)


def test_a_union_means_all_below_it_and_none_beside_it(crew, workshop, harbour2, chen):
    assert people(workshop) == ["乙"]
    assert chen.name not in people(crew)


def address_after(client, union, **said):
    answer = client.post(f"{to('index')}?union={union.pk}", said)
    assert answer.status_code == 302
    return answer.headers["Location"]


def test_the_address_holds_the_filter_and_no_name_or_number(bos, crew, ann):
    for looked_for in (ann.name, ann.phone, ann.id_number):
        where = address_after(bos, crew, q=looked_for, grade=["4", "5"], front_line="1")
        asked = parse_qs(urlsplit(where).query)
        assert (asked["grade"], asked["front_line"], asked["union"]) == (["4~5"], ["1"], [str(crew.pk)])  # fmt: skip
        assert looked_for not in where
        assert "q" not in asked
    found = bos.get(address_after(bos, crew, q=ann.name[:2])).text
    assert ann.name in found
    assert "甲</a>" not in found


def test_each_condition_can_be_taken_off_by_itself(bos, crew):
    where = address_after(bos, crew, grade="4", front_line="1", standing=["current", "retained"])
    page = bos.get(where).text
    chips = re.findall(r'href="([^"]+)" aria-label="去掉条件：([^"]+)"', page)
    assert {text for _url, text in chips} == {
        "会籍：在籍、保留会籍",
        "技能等级：高级工",
        "岗位：一线",
    }
    for url, text in chips:
        rest = bos.get(url.replace("&amp;", "&")).text
        assert f"去掉条件：{text}" not in rest
        assert rest.count("去掉条件：") == 2


def test_an_address_that_nobody_made_leads_nowhere(bos, crew):
    for wrong in ("x", "AAAA", "已知", "A" * 60):
        assert bos.get(to("index"), {"who": wrong}).status_code == 404
    assert bos.get(to("index"), {"grade": "9", "age": "old", "front_line": "2"}).status_code == 200


def test_what_was_filtered_is_what_leaves_the_house(bos, crew, bo):
    from unionhall.people.members.exports import ROLL

    address = dict(one.split("=") for one in urlsplit(address_after(bos, crew, grade="4", sex="f")).query.split("&"))  # fmt: skip
    found = ROLL.find(bo, address)
    assert [one.member__name for one in found.stream()] == ["甲"]
    assert found.narrowed == "性别：女；技能等级：高级工"


def save(client, union, name, *, shared=False, **said):
    where = urlsplit(address_after(client, union, **said)).query
    sent = {"name": name} | ({"shared": "on"} if shared else {})
    return client.post(f"{to('filters')}?{where}", sent)


def test_a_kept_filter_finds_whoever_fits_when_it_is_opened(bos, bo, crew):
    save(bos, crew, "一线高级工", grade="4", front_line="1", q="甲")
    assert b"\xe7\x94\xb2" not in bytes(raw_words())
    page = bos.get(to("index")).text
    (url,) = re.findall(r'href="([^"]+)">一线高级工</a>', page)
    assert "甲</a>" in bos.get(url.replace("&amp;", "&")).text
    Member.objects.filter(name="甲").update(front_line=False)
    assert "没有找到" in bos.get(url.replace("&amp;", "&")).text


def raw_words() -> bytes:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT said FROM members_saved_filter")
        return cursor.fetchone()[0]


def test_a_colleague_sees_what_is_shared_and_only_its_owner_takes_it_away(
    bos, client, bo, fu, crew
):
    save(bos, crew, "我的", grade="4")
    save(bos, crew, "大家的", shared=True, grade="5")
    at_the_desk(client, fu)
    page = client.get(to("filters")).text
    assert "大家的" in page
    assert "我的</a>" not in page
    shared = SavedFilter.objects.get(name="大家的")
    assert client.post(to("filter_removal", shared.pk)).status_code == 404
    at_the_desk(client, bo)
    assert client.post(to("filter_removal", shared.pk)).status_code == 302
    assert not SavedFilter.objects.filter(pk=shared.pk).exists()


def test_a_filter_of_one_name_takes_the_place_of_the_former(bos, bo, crew):
    save(bos, crew, "常用", grade="4")
    save(bos, crew, "常用", grade="5")
    assert [one.said for one in SavedFilter.objects.filter(by=bo)] == ['{"grade": "5"}']
    assert save(bos, crew, "", grade="4").status_code == 422
    with pytest.raises(Refused, match="没有存"):
        members.save_filter(crew, by=bo, name="空", said={}, shared=False)


def test_wrong_values_count_as_left_out():
    form = RollFilter.of({"grade": "x", "standing": "current~gone", "sex": "f"})
    assert form.conditions() == Conditions(sexes=("f",))
    assert form.address() == {"sex": "f"}


# == In the order of strokes, as ballots stand ==

BY_STROKES = [
    "丁一",
    "王大雪",
    "𠮷村",
    "何芒种",
    "何谷雨",
    "㛃立夏",
    "䶮小满",
]  # 2, 4, 6, 7, 7, 9, 9


def test_members_stand_by_the_strokes_of_their_surnames_rare_ones_too(bos, plant7):
    """Searched, listed, paged, exported: characters beyond the BMP are characters."""
    for name in sorted(BY_STROKES):
        a_member(name, plant7)
    said = {"union": str(plant7.pk), "order": "strokes"}
    page = bos.get(to("index"), said)
    assert [one.member.name for one in page.context["page"]] == BY_STROKES
    assert "按姓氏笔画" in page.context["chips"][0].text
    by_name = [one.member.name for one in bos.get(to("index")).context["page"]]
    assert by_name == sorted(BY_STROKES)
    found = bos.get(bos.post(to("index"), {"q": "𠮷", "order": "strokes"}).url)
    assert [one.member.name for one in found.context["page"]] == ["𠮷村"]
    file = f"{reverse('desk:export_new', args=['members.roll'])}?{urlencode(said)}"
    purpose = bos.get(file).context["form"].fields["purpose"].choices[1][0]
    sent = bos.post(file, {"purpose": purpose, "format": "csv", "columns": ["name"]})
    assert sent.content.decode("utf-8-sig").split("\r\n")[2:-1] == BY_STROKES
    verb = bos.get("/api/v1/members/desk/", {"order": "strokes"})
    assert [one["name"] for one in verb.json()["items"]] == BY_STROKES


def test_the_second_page_goes_on_behind_the_first_by_strokes_too(bos, plant7):
    for nth in range(60):
        a_member("王" + "一二三四五六七八九十"[nth % 10] + "甲乙丙丁戊己"[nth // 10], plant7)
    first = bos.get(to("index"), {"order": "strokes"}).context["page"]
    asked = {"order": "strokes", "page": first.next_page_number()}
    second = bos.get(to("index"), asked).context["page"]
    told = [one.member.name for one in (*first, *second)]
    assert told == sorted(told, key=order_of)
    assert len(set(told)) == 60


def test_too_many_for_an_order_of_strokes_stand_by_name_and_it_is_said(bos, plant7, monkeypatch):
    for name in BY_STROKES:
        a_member(name, plant7)
    monkeypatch.setattr("unionhall.people.members.queries.people.MOST_BY_STROKES", 6)
    page = bos.get(to("index"), {"order": "strokes"})
    assert "没有按笔画排" in page.text
    assert [one.member.name for one in page.context["page"]] == sorted(BY_STROKES)
    verb = bos.get("/api/v1/members/desk/", {"order": "strokes"})
    assert (verb.status_code, verb.json()["code"]) == (409, "too_many_for_strokes")
