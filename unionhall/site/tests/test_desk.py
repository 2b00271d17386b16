from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.models import Series
from unionhall.domain.lectures.tests.made import a_published_phase, takes_part
from unionhall.domain.quiz import actions as quiz
from unionhall.people.members import actions as members
from unionhall.people.members.models import Member, RollImport
from unionhall.people.unions import actions as unions
from unionhall.site import second_factor

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import DjangoAssertNumQueries, Settings

    from unionhall.people.accounts.models import User
    from unionhall.people.unions.models import Union

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def private_files(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def at_the_desk(user: User) -> Client:
    client = Client()
    client.force_login(user)
    session = client.session
    session[second_factor.SHOWN_AT], session[second_factor.SHOWN_BY] = time.time(), user.pk
    session.save()
    return client


def a_draft(union: Union, by: User) -> None:
    series = lectures.compose(union, by=by, draft={})
    Series.objects.filter(pk=series.pk).update(title="明年的大讲堂")


def page(user: User) -> str:
    response = at_the_desk(user).get("/desk/")
    assert response.status_code == 200
    return response.content.decode()


def test_a_new_desk_shows_the_way_to_a_first_lecture(bo: User) -> None:
    shown = page(bo)
    assert "没有事在等你" not in shown
    desk = at_the_desk(bo)
    ways = ("members/import/", "quiz/banks/import/", "learning/", "welfare/merchants/", "lectures/")
    places = [shown.index(f'<a class="row" href="/desk/{way}"') for way in ways]
    assert places == sorted(places)
    assert {desk.get(f"/desk/{way}").status_code for way in ways} == {200}


def test_a_quiet_day_says_so(bo: User, ann: Member, plant7: Union) -> None:
    a_published_phase(plant7, bo)
    shown = page(bo)
    assert "没有事在等你。" in shown
    assert "先办第一期讲座" not in shown


def test_what_waits_is_listed_with_its_day(bo: User, ann: Member, plant7: Union) -> None:
    attempt = takes_part(a_published_phase(plant7, bo), ann)
    quiz.ask_review(attempt, text="第 2 题的答案不对")
    a_draft(plant7, bo)
    RollImport.objects.create(
        union=plant7,
        by=bo,
        file_name="名册.xlsx",
        rows=12,
        as_of=dt.date(2026, 11, 1),
        state=RollImport.State.CHECKED,
    )
    shown = page(bo)
    for waits in (
        "复核《",
        "讲座草稿：明年的大讲堂",
        "名册“名册.xlsx”查过了，还没导入",
        "3 件在等你",
    ):
        assert waits in shown


def test_a_roll_that_was_sent_again_says_so(bo: User, plant7: Union) -> None:
    sent = {"union": plant7, "by": bo, "as_of": dt.date(2026, 11, 1), "state": "checked"}
    RollImport.objects.create(file_name="一.xlsx", **sent)
    assert "又传过一份" not in page(bo)
    later = RollImport.objects.create(file_name="二.xlsx", **sent)
    assert page(bo).count("又传过一份") == 1
    members.discard_roll(later, by=bo)
    assert "又传过一份" not in page(bo)


def test_files_that_were_checked_and_left_lying_wait_for_who_may_say_yes(
    bo: User, cai: User, plant7: Union
) -> None:
    content, name = "甲？{T}\n\n乙？{F}\n".encode(), "题.gift"
    bank = quiz.receive_bank(content, name=name, union=plant7, bank_name="安全", by=bo)
    content = f"工会名称,上级工会,组织级别\n一分会,{plant7.name},4\n".encode()
    unions.receive_list(content, name="台账.csv", by=bo)
    assert "在等你" not in page(bo)  # nothing is checked yet
    quiz.check_waiting_banks()
    unions.check_waiting_lists()
    shown = page(bo)
    assert "题目“题.gift”查过了，还没导入" in shown
    assert f"2 行，进题库“安全”，{plant7.name}" in shown
    assert "工会台账“台账.csv”查过了，还没导入" in shown
    assert "查过了" not in page(cai)
    quiz.confirm_bank_import(bank, by=bo)
    assert "题目“题.gift”" not in page(bo)


def test_what_runs_is_shown_with_its_numbers(bo: User, ann: Member, plant7: Union) -> None:
    takes_part(a_published_phase(plant7, bo), ann)
    assert "奖品发了 1 / 80，0 人在答题，1 人交了卷" in page(bo)


def test_the_officer_above_sees_it_too_and_the_one_beside_does_not(
    bo: User, fu: User, cai: User, ann: Member, plant7: Union
) -> None:
    a_published_phase(plant7, bo)
    a_draft(plant7, bo)
    assert "明年的大讲堂" in page(fu)
    shown = page(cai)
    assert "明年的大讲堂" not in shown
    assert "冬季用气安全" not in shown


def test_a_member_has_no_desk(ann: Member) -> None:
    assert ann.user
    assert at_the_desk(ann.user).get("/desk/").status_code == 403


def test_the_first_page_asks_few_questions_however_much_runs(
    bo: User, ann: Member, plant7: Union, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    takes_part(a_published_phase(plant7, bo, phases=5), ann)
    desk = at_the_desk(bo)
    with django_assert_max_num_queries(27):
        shown = desk.get("/desk/").content.decode()
    assert shown.count("人在答题") == 5
