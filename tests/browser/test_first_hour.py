"""The first hour of a new federation, from an empty database to its first published lecture.

``docs/howto/first-hour.md`` tells this walk with pictures of it: whoever changes one changes the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.checks import keep_picture
from tests.browser.conftest import DESK
from tests.browser.sights import said
from tests.doors import newest_code
from unionhall.base.clock import now_in_database
from unionhall.domain.lectures.models import Series
from unionhall.kernel.notify import actions as notify
from unionhall.people.accounts import rules
from unionhall.people.accounts.queries import totp_code
from unionhall.people.members import actions as members
from unionhall.people.members.models import Membership
from unionhall.people.unions import actions as unions
from unionhall.site import demonstration

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page
    from pytest_django.fixtures import SettingsWrapper

    from tests.browser.conftest import House

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = "工会名称,上级工会,组织级别\n云桥区总工会,,区级\n"
HERS, COLLEAGUES, CLERKS = "19900000001", "19900000002", "19900000003"


@pytest.fixture
def officer(
    house: House, settings: SettingsWrapper, tmp_path: Path, request: pytest.FixtureRequest
) -> Page:
    """Two commands on the machine, and the browser of her whom they name, in her language."""
    settings.MEDIA_ROOT = tmp_path / "media"
    file = tmp_path / "first.csv"
    file.write_text(FIRST, encoding="utf-8")
    call_command("import_unions", str(file))
    call_command("appoint", HERS, union="云桥区总工会", name="周白露")
    return house.open_as(None, language=request.param)


@pytest.mark.parametrize("officer", ["zh-hans", "en"], indirect=True)
def test_a_federation_publishes_its_first_lecture_within_the_hour(
    house: House, officer: Page
) -> None:
    _sign_in(officer, HERS)
    language = str(officer.locator("html").get_attribute("lang"))
    _connect_an_authenticator(officer)
    officer.set_viewport_size(DESK)
    _look_at_the_guide(officer)
    _bring_the_unions(officer)
    _appoint_a_colleague(house, officer, language)
    _bring_the_roll(officer)
    _bring_the_questions(officer)
    _bring_a_lesson(officer)
    _enter_a_shop(officer)
    _hold_a_lecture(officer)
    assert Series.objects.get().state == Series.State.PUBLISHED
    _a_member_sees_it(house, language)


def shown(page: Page, name: str) -> None:
    """Kept as a picture of the walk, as tall as its window."""
    page.emulate_media(reduced_motion="reduce")
    in_english = page.locator("html").get_attribute("lang") == "en"
    keep_picture(page, f"first-hour-{name}{'-en' if in_english else ''}")


def _sign_in(page: Page, phone: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label(said(page, "手机号"), exact=True).fill(phone)
    for consent in ("privacy", "roll"):
        page.locator(f"input[name={consent}]").check()
    if phone == HERS:
        shown(page, "sign-in")
    page.get_by_role("button", name=said(page, "发验证码")).click()
    page.get_by_label(said(page, "验证码"), exact=True).fill(newest_code())
    page.get_by_role("button", name=said(page, "登录"), exact=True).click()
    page.wait_for_url("/")


def _connect_an_authenticator(page: Page) -> None:
    page.get_by_role("link", name=said(page, "进工作台")).click()
    shown(page, "authenticator")
    key = page.locator("p.code").first.inner_text().replace(" ", "")
    code = totp_code(key, rules.step_of(now_in_database()))
    page.get_by_role("textbox").fill(code)
    page.get_by_role("button", name=said(page, "连上"), exact=True).click()
    page.get_by_role("link", name=said(page, "抄好了")).click()


def _look_at_the_guide(page: Page) -> None:
    page.goto("/desk/")
    expect(page.get_by_role("heading", name=said(page, "第一小时，一步一步来"))).to_be_visible()
    shown(page, "guide")


def _next_step(page: Page) -> None:
    """The desk says itself which one is next."""
    page.goto("/desk/")
    page.locator("[aria-current=step]").click()


def _bring_the_unions(page: Page) -> None:
    _next_step(page)
    page.get_by_label(said(page, "工会台账")).set_input_files(demonstration.FILES / "unions.xlsx")
    page.get_by_role("button", name=said(page, "上传并检查")).click()
    expect(page.get_by_role("heading", name=said(page, "正在逐行检查"))).to_be_visible()
    unions.check_waiting_lists()
    take = _the_yes(page)
    expect(take).to_be_visible()
    shown(page, "unions-checked")
    take.click()
    expect(take).to_have_count(0)
    unions.take_in_confirmed_lists()
    expect(page.get_by_role("link", name=said(page, "传错了？撤销这次导入"))).to_be_visible()


def _appoint_a_colleague(house: House, page: Page, language: str) -> None:
    """She signs in once by herself, so that there is somebody to appoint."""
    colleague = house.open_as(None, language=language)
    _sign_in(colleague, COLLEAGUES)
    _next_step(page)
    page.get_by_role("searchbox").fill("柳泉镇")
    page.get_by_role("button", name=said(page, "找"), exact=True).click()
    page.get_by_role("link", name="云桥区柳泉镇总工会", exact=True).first.click()
    page.get_by_text(said(page, "任命一位")).click()
    form = page.locator("details[open]")
    form.get_by_label(said(page, "手机号")).fill(COLLEAGUES)
    form.get_by_label(said(page, "职务")).select_option("chair")
    form.get_by_label(said(page, "依据")).fill("11 月 20 日会员代表大会选举")
    shown(page, "appoint")
    form.get_by_role("button", name=said(page, "任命"), exact=True).click()
    expect(page.locator("#main")).to_contain_text("199****0002")


def _the_yes(page: Page) -> Locator:
    """The button that takes in what was checked."""
    return page.locator("form[action$='/confirmation/'] button.primary")


def _bring_the_roll(page: Page) -> None:
    _next_step(page)
    page.get_by_label(said(page, "名册")).set_input_files(demonstration.FILES / "roster_towns.xlsx")
    page.get_by_role("button", name=said(page, "上传并检查")).click()
    expect(page.get_by_role("heading", name=said(page, "正在逐行检查"))).to_be_visible()
    members.check_waiting_rolls()
    take = _the_yes(page)
    expect(take).to_be_visible()
    shown(page, "roll-checked")
    take.click()
    expect(take).to_have_count(0)
    members.take_in_confirmed_rolls()
    expect(page.get_by_role("link", name=said(page, "传错了？撤销这次导入"))).to_be_visible()


def _bring_the_questions(page: Page) -> None:
    _next_step(page)
    page.get_by_label(said(page, "题库名称")).fill("冬季用气安全")
    page.locator("input[type=file]").set_input_files(demonstration.FILES / "questions_safety.xlsx")
    page.get_by_role("button", name=said(page, "上传并检查")).click()
    take = _the_yes(page)
    expect(take).to_be_visible()
    shown(page, "questions-checked")
    take.click()


def _bring_a_lesson(page: Page) -> None:
    _next_step(page)
    page.get_by_role("link", name=said(page, "传一讲")).first.click()
    page.get_by_label(said(page, "讲座名称")).fill("冬季用气安全")
    page.get_by_label(said(page, "讲师")).fill("何立夏")
    page.get_by_label(said(page, "视频")).set_input_files(demonstration.FILES / "gas_safety.mp4")
    page.get_by_label(said(page, "讲稿文件")).set_input_files(demonstration.FILES / "gas_safety.md")
    shown(page, "lesson")
    page.get_by_role("button", name=said(page, "传上去")).click()
    expect(page.get_by_role("heading", name="冬季用气安全", level=1)).to_be_visible()


def _enter_a_shop(page: Page) -> None:
    _next_step(page)
    page.get_by_role("link", name=said(page, "登记一家店")).first.click()
    page.get_by_label(said(page, "店名")).fill("云杉面包坊，柳溪路店")
    page.get_by_label(said(page, "地址")).fill("云桥区柳泉镇柳溪路 8 号")
    shown(page, "shop")
    page.get_by_role("button", name=said(page, "登记"), exact=True).click()
    page.get_by_label(said(page, "店员的手机号")).fill(CLERKS)
    page.get_by_label(said(page, "哪个收银台")).fill("1 号收银")
    page.get_by_role("button", name=said(page, "登记"), exact=True).click()


def _hold_a_lecture(page: Page) -> None:
    _next_step(page)
    page.get_by_role("button", name=said(page, "办一个")).click()
    page.get_by_label(said(page, "名称"), exact=True).fill("云桥区职工大讲堂")
    page.get_by_label(said(page, "这一期叫什么")).fill("冬季用气安全")
    page.get_by_label(said(page, "从什么时候")).fill(
        timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    )
    page.get_by_label(said(page, "讲座"), exact=True).select_option(label="冬季用气安全")
    page.get_by_label(said(page, "题库"), exact=True).select_option(label="冬季用气安全")
    page.get_by_label(said(page, "奖品"), exact=True).fill("蛋糕券")
    page.get_by_label(said(page, "面值，元")).fill("80")
    page.get_by_label(said(page, "商户")).select_option(index=1)
    expect(page.locator("#margin")).to_contain_text("728")
    shown(page, "compose")
    page.get_by_role("button", name=said(page, "检查并发布")).click()
    page.wait_for_url("**/publish/")
    shown(page, "publish")
    page.get_by_role("button", name=said(page, "发布"), exact=True).click()
    expect(page.get_by_text(said(page, "正在开放")).first).to_be_visible()
    page.goto("/desk/")
    shown(page, "published")


def _a_member_sees_it(house: House, language: str) -> None:
    notify.deliver_due()
    member = Membership.objects.filter(left_on=None).exclude(member__phone="").first()
    assert member
    page = house.open_as(None, language=language)
    _sign_in(page, str(member.member.phone))
    shown(page, "member")
