"""Inside WeChat: files open outside, its text size is left alone, and what is shared says nothing of anybody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory

from tests.world import a_giveaway
from unionhall.domain.welfare import actions as welfare
from unionhall.site.wechat import open_outside

pytestmark = pytest.mark.django_db
WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) AppleWebKit/605.1.15 MicroMessenger/8.0.49 Language/zh_CN"
BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"
CARD = re.compile(r'<meta property="og:(\w+)" content="([^"]*)">')
OURS = [
    *Path(settings.ROOT, "unionhall").rglob("static/**/*.css"),
    *Path(settings.ROOT, "unionhall").rglob("static/**/*.js"),
]


def _file(_request):
    return HttpResponse("a,b", headers={"Content-Disposition": 'attachment; filename="x.csv"'})


def _asked(agent, *, method="get", **headers):
    headers = {"User-Agent": agent} | headers
    request = getattr(RequestFactory(), method)("/desk/file/?of=1", headers=headers)
    request.user = AnonymousUser()
    return open_outside(_file)(request)


def test_wechat_is_told_the_address_of_a_file_and_how_to_open_it() -> None:
    page = _asked(WECHAT)
    assert "Content-Disposition" not in page
    assert "http://testserver/desk/file/?of=1" in page.content.decode()
    assert "在浏览器打开" in page.content.decode()


def test_a_browser_gets_the_file() -> None:
    assert _asked(BROWSER).content == b"a,b"


def test_a_file_that_a_button_asked_for_is_asked_for_again_on_its_page() -> None:
    page = _asked(WECHAT, method="post", Referer="http://testserver/merchant/today/")
    assert "http://testserver/merchant/today/" in page.content.decode()


def test_no_other_site_is_named_as_that_page() -> None:
    page = _asked(WECHAT, method="post", Referer="https://evil.example/")
    assert "evil.example" not in page.content.decode()


def test_a_page_is_a_page_in_wechat_too(client: Client) -> None:
    page = client.get("/sign-in/", headers={"User-Agent": WECHAT})
    assert page.status_code == 200
    assert "在浏览器打开" not in page.content.decode()


def test_nothing_holds_wechats_own_text_size_back() -> None:
    """Its setting is a ``text-size-adjust`` on iOS and a callback of its bridge on Android: we touch neither."""
    trap = re.compile(r"text-size-adjust|setFontSizeCallback|maximum-scale|user-scalable")
    frame = Path(settings.ROOT, "unionhall/site/templates/frame.html")
    own = [file for file in OURS if "vendored" not in file.parts]
    assert [str(file) for file in [*own, frame] if trap.search(file.read_text())] == []
    assert len(own) > 5


@pytest.mark.parametrize("path", ["/", "/me/", "/vouchers/", "/inbox/"])
def test_a_link_to_her_own_page_says_nothing_of_her_in_a_chat(client: Client, ann, path) -> None:
    client.force_login(ann.user)
    page = client.get(path).content.decode()
    cards = dict(CARD.findall(page))
    assert cards["title"] == cards["site_name"] == "职工之家"
    assert cards["image"] == "http://testserver/static/share.png"
    assert ann.name not in "".join(cards.values())


def test_a_link_to_an_offer_says_what_it_is(client: Client, ann, plant7, bo) -> None:
    shop = welfare.register_merchant(
        by=bo, union=plant7, name="云杉面包坊", address="柳溪路 12 号", phone=""
    )
    offer = a_giveaway(plant7, officer=bo, merchant=shop)
    client.force_login(ann.user)
    cards = dict(CARD.findall(client.get(f"/vouchers/offers/{offer.pk}/").content.decode()))
    assert cards["title"] == offer.title
    assert cards["description"] == plant7.name
