"""A newcomer comes in by WeChat, inside WeChat, and by her phone; the next time one tap is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from fakes.server import serving
from fakes.wechat import CAST, WeChat
from tests.doors import newest_code
from unionhall.people.accounts.models import Identity, User
from unionhall.people.members.models import Member

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page
    from pytest_django.fixtures import SettingsWrapper

    from tests.browser.conftest import House

pytestmark = pytest.mark.django_db(transaction=True)
WEBVIEW = (
    "Mozilla/5.0 (Linux; Android 14; PJH110) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0 Mobile"
    " Safari/537.36 XWEB/1260 MicroMessenger/8.0.49.2600(0x2800315A) WeChat/arm64 NetType/WIFI Language/zh_CN"
)


@pytest.fixture
def wechat(house: House, settings: SettingsWrapper) -> Iterator[WeChat]:
    fake = WeChat()
    with serving(fake) as url:
        house.others.add(urlsplit(url).netloc)
        settings.OUTBOUND_PRIVATE = True
        settings.WECHAT = {
            "app_id": fake.app_id,
            "secret": fake.secret,
            "open_url": url,
            "api_url": url,
        }
        yield fake


def choose(page: Page, name: str) -> None:
    """On WeChat's own page."""
    page.get_by_role("link", name="用微信登录").click()
    page.get_by_role("link", name=name).click()


def test_a_newcomer_comes_in_by_wechat_and_by_phone(
    house: House, wechat: WeChat, ann: Member
) -> None:
    assert ann.user
    Member.objects.update(user=None)
    User.objects.all().delete()
    page = house.open_as(None, user_agent=WEBVIEW)
    page.goto("/sign-in/?next=/me/")
    choose(page, CAST[0].nickname)
    expect(page.get_by_text("你好，小满🌾。")).to_be_visible()
    page.get_by_label("手机号", exact=True).fill(str(ann.phone))
    for agreed in ("privacy", "roll"):
        page.locator(f"input[name={agreed}]").check()
    page.get_by_role("button", name="发验证码").click()
    page.get_by_label("验证码").fill(newest_code())
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text(ann.name, exact=True)).to_be_visible()
    assert Identity.objects.get().user == User.objects.get()
    again = house.open_as(None, user_agent=WEBVIEW)
    again.goto("/sign-in/?next=/me/devices/")
    choose(again, CAST[0].nickname)
    expect(again.get_by_text("就是这一台")).to_be_visible()
    expect(again.get_by_text("安卓手机，微信")).to_have_count(2)
    again.get_by_role("button", name="在所有设备上退出").click()
    page.goto("/me/")
    expect(page.get_by_role("button", name="发验证码")).to_be_visible()
