from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from tests.cast import a_member
from unionhall.domain.lectures.tests.made import a_published_phase, has_watched, takes_part
from unionhall.domain.welfare import actions as welfare
from unionhall.domain.welfare.tests.conftest import at_the_desk
from unionhall.kernel.audience.rules import Audience
from unionhall.kernel.notify import actions as notify
from unionhall.kernel.search.actions import Found, put, take_out
from unionhall.people.members import actions as roll
from unionhall.site import search_index
from unionhall.site.search import SIZE

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client
    from pytest_django import DjangoAssertNumQueries, Settings

    from unionhall.domain.welfare.models import VoucherOffer
    from unionhall.people.accounts.models import User
    from unionhall.people.members.models import Member
    from unionhall.people.unions.models import Union

pytestmark = pytest.mark.django_db
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture(autouse=True)
def private_files(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def page(client: Client, wanted: str, kind: str = "", address: str = "/search/") -> str:
    response = client.get(address, {"q": wanted, "kind": kind}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def a_giveaway(plant7: Union, bo: User, title: str = "洗衣液券") -> VoucherOffer:
    shop = welfare.register_merchant(by=bo, union=plant7, name="云杉日杂", address="柳溪路 8 号")
    return welfare.open_giveaway(
        by=bo, union=plant7, capacity=5, opens_at=NOW - dt.timedelta(hours=1),
        closes_at=NOW + dt.timedelta(days=3), audience=Audience(under_union=plant7.pk),
        valid_days=30, merchant=shop, title=title, face_value=3000, terms="一人一张",
    )  # fmt: skip


def test_a_member_finds_what_is_published_as_soon_as_it_is(
    client: Client, ann: Member, plant7: Union, bo: User
) -> None:
    client.force_login(ann.user)  # type: ignore[arg-type]
    assert "没有找到“用气”" in page(client, "用气")
    phase, offer = a_published_phase(plant7, bo), a_giveaway(plant7, bo)
    for wanted in ("用气", "djyq", "dongji"):
        assert f'href="/lectures/{phase.pk}/"' in page(client, wanted), wanted
    assert "<mark>洗衣</mark>液券" in page(client, "洗衣")
    assert f'href="/vouchers/offers/{offer.pk}/"' in page(client, "日杂")
    welfare.edit_merchant(offer.merchant, by=bo, name="云杉百货", address="柳溪路 8 号")
    assert "洗衣" not in page(client, "日杂")
    assert "洗衣" in page(client, "百货")


def test_a_member_of_another_union_finds_nothing_of_it(
    client: Client, chen: Member, ann: Member, plant7: Union, bo: User
) -> None:
    phase = a_published_phase(plant7, bo)
    a_giveaway(plant7, bo)
    takes_part(phase, ann)
    client.force_login(chen.user)  # type: ignore[arg-type]
    for wanted in ("用气", "洗衣", "蛋糕券", "七号厂", "djyq"):
        for kind in ("", "lecture", "giveaway", "voucher", "message", "union"):
            shown = page(client, wanted, kind)
            assert f"没有找到“{wanted}”" in shown, (wanted, kind)


def test_what_she_took_part_in_she_finds_after_her_transfer(
    client: Client, ann: Member, plant7: Union, harbour2: Union, bo: User
) -> None:
    phase = a_published_phase(plant7, bo)
    has_watched(phase, ann)
    takes_part(phase, ann)
    roll.transfer(ann, union=harbour2, by=bo)
    client.force_login(ann.user)  # type: ignore[arg-type]
    assert f'href="/lectures/{phase.pk}/"' in page(client, "用气")


def test_her_vouchers_messages_union_and_the_settings_are_found(
    client: Client, ann: Member, plant7: Union, bo: User
) -> None:
    takes_part(a_published_phase(plant7, bo), ann)
    client.force_login(ann.user)  # type: ignore[arg-type]
    assert 'href="/vouchers/' in page(client, "蛋糕", "voucher")
    assert "<mark>七号厂</mark>工会" in page(client, "七号厂")
    assert 'href="/me/#look"' in page(client, "深色")
    assert 'href="/me/#look"' in page(client, "长辈")


def test_anothers_messages_are_not_found(client: Client, ann: Member, chen: Member) -> None:
    notify.send(ann, "members/moved", union="月亮湾工会", was="七号厂工会")
    client.force_login(ann.user)  # type: ignore[arg-type]
    assert "<mark>月亮湾</mark>" in page(client, "月亮湾", "message")
    client.force_login(chen.user)  # type: ignore[arg-type]
    assert "没有找到“月亮湾”" in page(client, "月亮湾", "message")


def test_what_was_typed_stays_in_the_box_and_hurts_nobody(client: Client, ann: Member) -> None:
    client.force_login(ann.user)  # type: ignore[arg-type]
    shown = page(client, '"><script>x</script>')
    assert 'value="&quot;&gt;&lt;script&gt;x&lt;/script&gt;"' in shown
    assert "<script>x" not in shown
    assert "写两个字就行" in page(client, "  ，。")


def test_one_kind_has_pages_that_keep_what_was_asked(
    client: Client, ann: Member, plant7: Union
) -> None:
    for key in range(25):
        put(Found("lecture", key + 1, f"安全第{key}讲", "", NOW, Audience()))
    client.force_login(ann.user)  # type: ignore[arg-type]
    everything, first = page(client, "安全"), page(client, "安全", "lecture")
    assert everything.count('href="/lectures/') == 3 + 1  # and the tab
    assert "讲座还有，都列出来" in everything
    assert first.count("<mark>安全</mark>") == 20
    assert "共 25" in first
    assert "kind=lecture" in first
    assert "page=2a" in first


def test_many_things_cost_no_more_questions_than_one(
    client: Client, ann: Member, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    put(Found("lecture", 1, "安全", "", NOW, Audience()))
    client.force_login(ann.user)  # type: ignore[arg-type]
    page(client, "安全")
    with django_assert_num_queries(13):
        page(client, "安全")
    for key in range(2, 30):
        put(Found("lecture", key, "安全", "", NOW, Audience(except_=(key + 1000,))))
    with django_assert_num_queries(13):
        page(client, "安全")


def test_an_officer_finds_whom_and_what_she_is_in_charge_of(
    client: Client, ann: Member, chen: Member, plant7: Union, bo: User
) -> None:
    a_published_phase(plant7, bo)
    rare = a_member("𠮷㛃䶮", plant7)
    at_the_desk(client, bo)
    desk = "/desk/search/"
    assert f'href="/desk/members/{ann.pk}/"' in page(client, "惊蛰", address=desk)
    assert f'href="/desk/members/{rare.pk}/"' in page(client, "㛃䶮", address=desk)
    assert "<mark>七号</mark>厂工会" in page(client, "七号", address=desk)
    assert "<mark>大讲堂</mark>" in page(client, "大讲堂", "series", desk)
    for foreign in ("小满", "二号港", ann.id_number[:-4]):
        assert f"没有找到“{foreign}”" in page(client, foreign, address=desk)


@pytest.mark.parametrize("known_by", ["phone", "id_number"])
def test_a_number_that_is_looked_for_stands_in_no_address(
    client: Client, ann: Member, plant7: Union, bo: User, known_by: str
) -> None:
    at_the_desk(client, bo)
    number = getattr(ann, known_by)
    sent = client.post("/desk/search/?kind=member", {"q": number, "other": "刻意"})
    assert sent.status_code == 302
    assert number not in sent["Location"]
    assert sent["Location"].startswith("/desk/search/?kind=member&who=")
    assert sent["Location"].count("=") == 2, "nothing else that was sent"
    html = client.get(sent["Location"]).text
    assert f'href="/desk/members/{ann.pk}/"' in html
    assert not [href for href in re.findall(r'href="([^"]*)"', html) if number in href]
    typed = client.get("/desk/search/", {"q": number, "page": "3"})
    assert typed.status_code == 302, "also one that was typed into the address"
    assert number not in typed["Location"]
    assert client.get("/desk/search/", {"q": "惊蛰"}).status_code == 200, "words may stand there"
    assert client.get("/desk/search/?who=made-up").status_code == 404
    assert client.post("/desk/search/", {"q": " "})["Location"] == "/desk/search/"
    for page_with_box in ("/desk/", "/desk/search/"):
        assert '<form class="find" role="search" method="post"' in client.get(page_with_box).text


def test_what_was_sealed_is_paged_through(
    client: Client, ann: Member, plant7: Union, bo: User
) -> None:
    at_the_desk(client, bo)
    for _nth in range(SIZE):
        a_member("苏惊蛰", plant7)
    first = client.post("/desk/search/?kind=member", {"q": "惊蛰"})["Location"]
    (behind,) = re.findall(r'rel="next" href="([^"]*)"', client.get(first).text)
    html = client.get("/desk/search/" + unescape(behind)).text
    assert len(re.findall(r'href="/desk/members/\d+/"', html)) == 1


def test_as_somebody_else_she_may_look_for_people(
    client: Client, ann: Member, plant7: Union, fu: User, bo: User
) -> None:
    at_the_desk(client, fu)
    client.post("/desk/look/", {"office": bo.offices.get().pk, "as": "1"})
    found = client.post("/desk/search/", {"q": ann.phone}, follow=True)
    assert f'href="/desk/members/{ann.pk}/"' in found.text


def test_a_member_has_no_search_at_the_desk(client: Client, ann: Member) -> None:
    client.force_login(ann.user)  # type: ignore[arg-type]
    assert client.get("/desk/search/?q=惊蛰").status_code == 403
    assert "没有找到“惊蛰”" in page(client, "惊蛰")


def test_an_index_that_was_lost_is_written_anew(
    client: Client, ann: Member, plant7: Union, bo: User, capsys: pytest.CaptureFixture[str]
) -> None:
    phase, offer = a_published_phase(plant7, bo), a_giveaway(plant7, bo)
    (invariant,) = search_index.INVARIANTS
    assert list(invariant.offenders()) == []
    take_out("lecture", phase.pk)
    put(Found("giveaway", offer.pk + 1, "没有的券", "", NOW, Audience()))
    assert list(invariant.offenders()) == [
        f"lecture {phase.pk} is missing", f"giveaway {offer.pk + 1} is no longer there",
    ]  # fmt: skip
    assert search_index.take_in_missing() == 1
    assert search_index.take_in_missing() == 0
    call_command("rebuild_search")
    assert "lecture: 1\ngiveaway: 1" in capsys.readouterr().out
    assert list(invariant.offenders()) == []
