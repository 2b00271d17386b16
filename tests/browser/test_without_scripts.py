"""The first journey in a browser that runs no script: every form is a form, every step is a page."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.db.models import F
from playwright.sync_api import expect

from tests.browser.conftest import DESK
from tests.browser.test_journey import _sign_in
from tests.browser.world import right_answer
from unionhall.domain.learning.models import Watching
from unionhall.domain.quiz.models import Attempt
from unionhall.people.accounts.models import User
from unionhall.site import cast, demonstration

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import House

AN_HOUR = dt.timedelta(hours=1)


@pytest.fixture
def demo(house: House) -> None:
    demonstration.load()


@pytest.mark.usefixtures("demo")
def test_a_member_reads_answers_wins_and_her_voucher_is_redeemed(house: House) -> None:
    member = house.open_as(None, javascript=False)
    _sign_in(member, "member")
    _read(member)
    _answer_everything(member)
    number = _number_of_her_voucher(member)
    clerk = house.open_as(None, javascript=False)
    _sign_in(clerk, "clerk")
    _redeem(clerk, number)
    member.reload()
    expect(member.locator(".seal")).to_have_text("已用")


@pytest.mark.usefixtures("demo")
def test_anybody_changes_size_colours_and_language(house: House) -> None:
    page = house.open_as(None, javascript=False)
    page.goto("/ui/")
    page.get_by_role("button", name="关怀版").first.click()
    expect(page.locator("html")).to_have_attribute("data-size", "elder")
    page.get_by_role("button", name="深色").first.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="English").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.usefixtures("demo")
def test_an_officer_filters_her_members(house: House) -> None:
    officer = User.objects.with_phone(cast.player("officer").phone).get()
    page = house.open_as(officer, size=DESK, javascript=False)
    page.goto("/desk/")
    page.get_by_role("link", name="会员", exact=True).click()
    name = page.locator("tbody th a").first.inner_text()
    page.locator("main form input[name=q]").first.fill(name)
    page.keyboard.press("Enter")
    expect(page.locator("tbody th a").first).to_have_text(name)


def _read(page: Page) -> None:
    """The text of the lecture, which counts like the film."""
    page.get_by_role("link", name="服务").click()
    page.locator("a[href^='/lectures/']").filter(has_not_text="服务").first.click()
    page.get_by_role("link", name="看不了视频？读文字稿也算").click()
    page.get_by_role("button", name="我读完了").click()
    expect(page.locator("h1")).to_contain_text("还早了一点")  # and when it will
    Watching.objects.update(opened_at=F("opened_at") - AN_HOUR)
    page.go_back()
    page.get_by_role("button", name="我读完了").click()
    page.get_by_role("button", name="去答题").click()


def _answer_everything(page: Page) -> None:
    """A page for each question, sent by its button."""
    page.get_by_role("button", name="开始答题").click()
    attempt = Attempt.objects.get(state=Attempt.State.OPEN)
    for position in range(1, len(attempt.paper) + 1):
        given = right_answer(attempt, position)
        blanks = page.locator("input.input[name=answer]")
        for index, text in enumerate(given if blanks.count() else []):
            blanks.nth(index).fill(text)
        for value in [] if blanks.count() else given:
            page.locator(f"input[name=answer][value='{value}']").check()
        page.locator(".actions .primary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("都答完了。")
    page.get_by_role("button", name="交卷").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("150 分")


def _number_of_her_voucher(page: Page) -> str:
    page.get_by_role("link", name="看我的券").click()
    page.locator("a.ticket").click()
    return page.locator(".stub .code").inner_text()


def _redeem(page: Page, number: str) -> None:
    """Typed, for no camera reads without a script."""
    page.goto("/merchant/")
    page.get_by_label("券号").fill(number)
    page.get_by_role("button", name="查这张券").click()
    page.locator("main form button.primary").click()
    expect(page.locator(".verdict")).to_be_visible()
