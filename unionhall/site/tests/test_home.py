from __future__ import annotations

import datetime as dt
import gzip
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.cast import a_member
from unionhall.domain.lectures.tests.made import a_published_phase, has_watched, takes_part
from unionhall.domain.welfare import actions as welfare
from unionhall.domain.welfare.models import Merchant
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.audience.rules import Audience
from unionhall.kernel.notify import actions as notify
from unionhall.people.accounts.models import User
from unionhall.site import things
from unionhall.site.home import greeting

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client
    from pytest_django import Settings

    from unionhall.domain.welfare.models import VoucherOffer
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


def a_giveaway(
    union: Union, by: User, title: str, *, hours: float, valid_days: int = 30
) -> VoucherOffer:
    now = timezone.now()
    shop, _new = Merchant.objects.get_or_create(
        union=union, name="云杉日杂", defaults={"address": "柳溪路 8 号"}
    )
    return welfare.open_giveaway(
        by=by, union=union, capacity=5, opens_at=now - dt.timedelta(hours=1),
        closes_at=now + dt.timedelta(hours=hours), valid_days=valid_days, merchant=shop,
        audience=Audience(under_union=union.pk, except_=(int(hours * 100) + 10_000,)),
        title=title, face_value=3000, terms="一人一张",
    )  # fmt: skip


def test_what_closes_first_stands_in_front_and_the_rest_in_the_same_order(
    her: Client, ann: Member, plant7: Union, bo: User
) -> None:
    a_published_phase(plant7, bo)  # for a day
    a_giveaway(plant7, bo, "洗衣液券", hours=0.01)
    a_giveaway(plant7, bo, "蛋卷券", hours=72)
    notify.send(ann, "members/moved", union="七号厂工会", was="二号港工会")
    shown = page(her)
    assert "今天有 3 件事等你。" in shown
    assert shown.count("button primary") == 1
    places = [shown.index(one) for one in ("现在能领", "冬季用气安全", "蛋卷券", "1 条消息没看")]
    assert places == sorted(places)


def test_of_one_day_what_she_has_begun_stands_before_what_is_merely_open() -> None:
    noon = timezone.localtime().replace(hour=12)
    soon, late = noon - dt.timedelta(hours=2), noon + dt.timedelta(hours=2)
    merely = things.Thing("gift", "甲", "", "/a/", soon)
    begun = things.Thing("play", "乙", "", "/b/", late, hers=True)
    tomorrow = things.Thing("play", "丙", "", "/c/", noon + dt.timedelta(days=1), hers=True)
    never = things.Thing("mail", "丁", "", "/d/", hers=True)
    listed = sorted([never, tomorrow, merely, begun], key=lambda one: one.place)
    assert listed == [begun, merely, tomorrow, never]


def test_a_voucher_that_lapses_within_a_week_is_a_thing_of_today(
    her: Client, ann: Member, plant7: Union, bo: User
) -> None:
    allotment.claim(a_giveaway(plant7, bo, "面包券", hours=48, valid_days=5).pool_id, member=ann)
    allotment.claim(a_giveaway(plant7, bo, "电影券", hours=48).pool_id, member=ann)
    shown = page(her)
    assert "今天有 1 件事等你。" in shown
    assert "你有一张面包券" in shown
    assert "电影券快到期了" not in shown
    assert "2 张可用" in shown


@pytest.mark.parametrize("many", [1, 8])
def test_the_page_costs_at_most_fifteen_queries_however_much_there_is(
    her: Client, ann: Member, plant7: Union, bo: User, many: int
) -> None:
    phase = a_published_phase(plant7, bo, phases=min(many, 3))
    if many > 1:
        takes_part(phase, ann)
    for number in range(many):
        offer = a_giveaway(plant7, bo, f"{number} 号券", hours=24 + number, valid_days=3)
        if number % 2:
            allotment.claim(offer.pool_id, member=ann)
        notify.send(ann, "members/moved", union="七号厂工会", was="二号港工会")
    page(her)
    with CaptureQueriesContext(connection) as asked:
        shown = page(her)
    assert "条消息没看" in shown
    assert len(asked) <= 15 - 1, [one["sql"][:90] for one in asked]  # one is left for requests


def test_the_page_and_all_that_it_brings_along_are_small(
    her: Client, plant7: Union, bo: User
) -> None:
    """60 KB at the first visit and 15 KB at the second are of the wire; the page itself has a part of that."""
    a_published_phase(plant7, bo)
    assert len(gzip.compress(page(her).encode(), 6)) <= 12 * 1024


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
