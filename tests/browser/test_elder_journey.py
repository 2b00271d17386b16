"""An older member does the whole first journey in 关怀版, with text at 200 %: nothing is cut, nothing runs sideways."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.checks import keep_picture, measured, sideways
from tests.browser.test_journey import _code_for
from tests.browser.test_without_scripts import _read, _redeem
from tests.browser.world import right_answer
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Attempt
from unionhall.people.accounts.models import User
from unionhall.site import cast, demonstration

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import House

# As a browser does whose reader asks for text twice as large.
TWICE = "addEventListener('DOMContentLoaded', () => { document.documentElement.style.fontSize = '200%'; });"
ROUNDING = 1


@pytest.fixture
def demo(house: House) -> None:
    demonstration.load()


@pytest.mark.usefixtures("demo")
def test_an_older_member_does_it_all_in_large_text_twice_as_large(house: House) -> None:
    page = house.open_as(None)
    page.add_init_script(TWICE)
    page.goto("/sign-in/")
    page.get_by_role("button", name="关怀版").first.click()
    _sign_in(page)
    is_whole(page, "home")
    _read(page)
    is_whole(page, "quiz")
    _answer(page)
    is_whole(page, "result")
    page.get_by_role("link", name="看我的券").click()
    page.locator("a.ticket").click()
    expect(page.get_by_role("img", name="券的二维码")).to_be_visible()
    is_whole(page, "voucher")
    clerk = house.open_as(User.objects.with_phone(cast.player("clerk").phone).get())
    _redeem(clerk, page.locator(".stub .code").inner_text())
    page.reload()
    expect(page.locator(".seal")).to_have_text("已用")
    is_whole(page, "voucher-used")


def is_whole(page: Page, name: str) -> None:
    """In 关怀版 still, twice as large, and nothing lost of it."""
    expect(page.locator("html")).to_have_attribute("data-size", "elder")
    keep_picture(page, f"journey-elder-{name}")
    size = page.locator("main p:visible").first.evaluate("node => getComputedStyle(node).fontSize")
    assert float(size.removesuffix("px")) >= 2 * 18, f"{name}: {size}"
    assert sideways(page) <= ROUNDING, (name, measured(page, "widest"))
    assert measured(page, "cut") == [], name


def _sign_in(page: Page) -> None:
    phone = cast.player("elder").phone
    is_whole(page, "sign-in")
    page.get_by_label("手机号", exact=True).fill(phone)
    for consent in ("privacy", "roll", "winners"):
        page.locator(f"input[name={consent}]").check()
    page.get_by_role("button", name="发验证码").click()
    page.wait_for_url("**/sign-in/code/**")
    is_whole(page, "code")
    page.get_by_role("textbox").fill(_code_for(phone))
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("/")


def _answer(page: Page) -> None:
    """The first and the last by hand; those between are alike, and every other journey answers them all."""
    page.get_by_role("button", name=re.compile("开始")).first.click()
    page.wait_for_url("**/quiz/attempts/**")
    attempt = Attempt.objects.get(state=Attempt.State.OPEN)
    _give(page, attempt, 1)
    expect(page.locator("#saved")).to_contain_text("第 2 题")
    is_whole(page, "question")
    last = len(attempt.paper)
    for position in range(2, last):
        quiz.save_answer(attempt, position, right_answer(attempt, position), seq=0)
    page.goto(f"/quiz/attempts/{attempt.pk}/{last}/")
    _give(page, attempt, last)
    expect(page.get_by_role("heading", level=1)).to_have_text("都答完了。")
    is_whole(page, "all-answered")
    page.get_by_role("button", name="交卷").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("150 分")


def _give(page: Page, attempt: Attempt, position: int) -> None:
    expect(page.locator("#saved")).to_contain_text(f"第 {position} 题")
    page.wait_for_load_state()
    given = right_answer(attempt, position)
    blanks = page.locator("input.input[name=answer]")
    for index, text in enumerate(given if blanks.count() else []):
        blanks.nth(index).fill(text)
    for value in [] if blanks.count() else given:
        page.locator(f"input[name=answer][value='{value}']").press("Space")
    page.locator(".actions .primary").click()
