"""A newcomer comes in by WeChat, inside WeChat, and by her phone; an officer by her passkey, for a day's work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from fakes.server import serving
from fakes.wechat import CAST, WeChat
from tests.browser.conftest import DESK
from tests.browser.test_second_roll import import_it, row, table, upload
from tests.doors import newest_code
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import Identity, User
from unionhall.people.members.models import Member
from unionhall.people.unions import actions as unions
from unionhall.people.unions.models import Office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page
    from pytest_django.fixtures import SettingsWrapper

    from tests.browser.conftest import House
    from unionhall.people.unions.models import Union

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


@pytest.fixture
def with_a_finger(house: House, bo: User) -> Page:
    """Bo at his computer, which has a reader for fingers; asked as a real one would be."""
    accounts.give_consent(bo, "privacy")
    page = house.open_as(bo, size=DESK)
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def test_an_officers_day_from_passkey_to_dismissal(
    house: House, with_a_finger: Page, bo: User, dee: User, plant7: Union
) -> None:
    """Signs in with a passkey, imports, filters, exports, appoints, removes; whoever is removed is out at her open page."""
    unions.appoint(bo, union=plant7, role=Office.Role.CHAIR)
    page = with_a_finger
    comes_in_by_passkey(page)
    upload(page, "名册.xlsx", table(row(1, "周白露"), row(2, "何小满䶮")))
    import_it(page, 2)
    page.goto("/desk/members/")
    page.get_by_label("姓名、手机尾号").fill("䶮")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="何小满䶮")).to_be_visible()
    expect(page.get_by_role("link", name="周白露")).to_have_count(0)
    page.get_by_role("link", name="导出这 1 人").click()
    page.get_by_label("做什么用").select_option(index=1)
    with page.expect_download() as coming:
        page.get_by_role("button", name="导出").click()
    taken = str(CalamineWorkbook.from_path(coming.value.path()).get_sheet_by_index(0).to_python())
    assert "何小满䶮" in taken
    assert "周白露" not in taken
    page.goto(f"/desk/unions/{plant7.pk}/")
    page.get_by_text("任命一位").click()
    page.get_by_label("手机号").fill(str(dee.phone))
    page.get_by_role("button", name="任命", exact=True).click()
    expect(page.get_by_text(f"{dee.name}从今天起是").first).to_be_visible()
    hers = house.open_as(dee, size=DESK)
    hers.goto("/desk/members/")
    page.get_by_role("button", name=re.compile(f"结束任职.*{dee.name}")).click()
    expect(page.get_by_text("从现在起就不能再办事了").first).to_be_visible()
    hers.get_by_label("姓名、手机尾号").fill("周白露")
    hers.keyboard.press("Enter")
    expect(hers.get_by_role("heading", level=1)).to_contain_text("不归你看")
    expect(hers.locator("main")).not_to_contain_text("周白露")


def comes_in_by_passkey(page: Page) -> None:
    """Made behind the second factor; then, as a stranger, in by a touch."""
    page.goto("/second-factor/passkeys/")
    page.get_by_label("给它起个名字").fill("办公室的电脑")
    page.get_by_role("button", name="连上这台设备").click()
    page.get_by_role("link", name="抄好了").click()  # the first one comes with recovery codes
    expect(page.get_by_text("办公室的电脑", exact=True)).to_be_visible()
    page.context.clear_cookies()
    page.goto("/desk/")
    page.get_by_role("link", name="工会干部：用密码或通行密钥登录").click()
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url(re.compile(r":\d+/desk/$"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert Authenticator.objects.get(type="webauthn").last_used_at
