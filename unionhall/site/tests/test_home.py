from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from tests.cast import a_member
from unionhall.domain.lectures.tests.made import a_published_phase, has_watched, takes_part
from unionhall.domain.welfare import actions as welfare
from unionhall.people.accounts.models import User
from unionhall.site.home import greeting

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client
    from pytest_django import DjangoAssertNumQueries, Settings

    from unionhall.people.members.models import Member
    from unionhall.people.unions.models import Union

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def private_files(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def her(client: Client, ann: Member) -> Client:
    assert ann.user
    client.force_login(ann.user)
    return client


def page(client: Client) -> str:
    response = client.get("/")
    assert response.status_code == 200
    return response.content.decode()


def test_a_stranger_is_welcomed_and_led_to_sign_in(client: Client) -> None:
    shown = page(client)
    assert 'href="/sign-in/"' in shown
    assert "12351" in shown


def test_a_member_sees_the_one_next_step_and_how_far_she_is(
    her: Client, plant7: Union, bo: User
) -> None:
    phase = a_published_phase(plant7, bo)
    shown = page(her)
    assert "今天有 1 件事等你。" in shown
    assert f"看完《{phase.lesson.title}》" in shown  # type: ignore[union-attr]
    assert "开始看" in shown
    assert shown.count("button primary") == 1


def test_the_next_step_names_the_phase_its_end_and_what_is_left(
    her: Client, ann: Member, bo: User, plant7: Union
) -> None:
    phase = a_published_phase(plant7, bo, places="1")
    closes = phase.contest.closes_at if phase.contest else None
    assert closes
    shown = page(her)
    assert f"{phase.series.title}，{phase.title}" in shown
    assert f"{timezone.localtime(closes):%H:%M} 截止" in shown
    assert "还有 1 份" in shown
    takes_part(phase, a_member("程大寒", plant7))
    shown = page(her)
    assert "1 份 蛋糕券 都发完了，还可以答题" in shown
    assert "还有 0 份" not in shown


def test_after_watching_the_next_step_is_the_quiz(
    her: Client, ann: Member, plant7: Union, bo: User
) -> None:
    has_watched(a_published_phase(plant7, bo), ann)
    assert "去答题" in page(her)


def test_after_winning_the_next_step_is_the_voucher(
    her: Client, ann: Member, plant7: Union, bo: User
) -> None:
    takes_part(a_published_phase(plant7, bo), ann)
    shown = page(her)
    assert "有 1 张券等你去用。" in shown
    assert "到店出示" in shown


def test_a_member_elsewhere_sees_nothing_of_it(
    client: Client, chen: Member, ann: Member, plant7: Union, bo: User
) -> None:
    a_published_phase(plant7, bo)
    assert chen.user
    client.force_login(chen.user)
    shown = page(client)
    assert "今天没有事等你。" in shown
    assert "冬季用气安全" not in shown


def test_in_large_print_the_telephone_stands_near_the_top(
    her: Client, ann: Member, plant7: Union
) -> None:
    assert page(her).index("12351") > page(her).index("工会能帮你")
    User.objects.filter(pk=ann.user_id).update(text_size="elder")
    assert page(her).index("12351") < page(her).index("工会能帮你")


def test_who_is_on_no_roll_is_told_what_to_do(client: Client, dee: User) -> None:
    client.force_login(dee)
    assert "还没和会员名册核对" in page(client)


def test_a_clerk_is_led_to_her_till(client: Client, plant7: Union, bo: User) -> None:
    shop = welfare.register_merchant(by=bo, union=plant7, name="云杉面包坊", address="柳溪路 8 号")
    client.force_login(welfare.appoint_clerk("19900009999", merchant=shop, by=bo).user)
    shown = page(client)
    assert 'class="button primary wide" href="/merchant/"' in shown
    assert "还没和会员名册核对" not in shown


def test_an_officer_is_led_to_her_desk(client: Client, bo: User) -> None:
    client.force_login(bo)
    shown = page(client)
    assert 'href="/desk/"' in shown
    assert "还没和会员名册核对" not in shown


def test_the_page_of_a_winner_costs_eighteen_queries(
    her: Client,
    ann: Member,
    plant7: Union,
    bo: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    takes_part(a_published_phase(plant7, bo, title="甲"), ann)
    page(her)
    with django_assert_num_queries(18):
        page(her)


@pytest.mark.parametrize(
    ("hour", "words"),
    [
        (0, "夜里好"),
        (4, "夜里好"),
        (5, "早上好"),
        (11, "中午好"),
        (13, "下午好"),
        (18, "晚上好"),
        (23, "晚上好"),
    ],
)
def test_the_greeting_follows_the_clock(hour: int, words: str) -> None:
    assert greeting(dt.datetime(2026, 11, 22, hour, tzinfo=dt.UTC), "白露") == f"{words}，白露。"
