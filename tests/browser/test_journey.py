"""The main job of the product, by hand and eye: watch, answer, win, show the QR code, redeem; twice is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.checks import keep_picture
from tests.browser.conftest import DESK
from tests.browser.world import right_answer
from unionhall.base.clock import now_in_database
from unionhall.domain.quiz.models import Attempt
from unionhall.kernel.notify import actions as notify
from unionhall.kernel.notify.models import ConsoleText
from unionhall.people.accounts import rules
from unionhall.people.accounts.queries import totp_code
from unionhall.site import cast, demonstration

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.conftest import House

A_LECTURE = 300_000  # ms: 87 seconds at one and a half times the speed, and patience


@pytest.fixture
def demo(house: House) -> None:
    demonstration.load()


@pytest.mark.usefixtures("demo")
def test_a_member_watches_answers_wins_and_uses_her_voucher_once(
    house: House, tmp_path: Path
) -> None:
    member = house.open_as(None)
    _sign_in(member, "member")
    _watch(member)
    _answer_everything(member)
    picture = _show_the_qr_code(member, tmp_path)
    clerk = house.open_as(None)
    _sign_in(clerk, "clerk")
    _redeem(clerk, picture)
    colleague = house.open_as(None)
    _sign_in(colleague, "manager")
    _redeem_again(colleague, picture)
    member.reload()
    expect(member.locator(".seal")).to_have_text("已用")


@pytest.mark.usefixtures("demo")
def test_an_officer_shows_her_second_factor_at_the_desk(house: House) -> None:
    page = house.open_as(None, size=DESK)
    _sign_in(page, "officer")
    page.goto("/desk/")
    page.get_by_role("textbox").fill(totp_code(cast.TOTP_SECRET, rules.step_of(now_in_database())))
    page.get_by_role("button", name="进工作台").click()
    expect(page.locator("main.work h1")).to_contain_text("周白露")


def _sign_in(page: Page, part: str) -> None:
    player = cast.player(part)
    page.goto("/sign-in/")
    page.get_by_label("手机号", exact=True).fill(player.phone)
    for consent in ("privacy", "roll", "winners"):
        page.locator(f"input[name={consent}]").check()
    page.get_by_role("button", name="发验证码").click()
    page.wait_for_url("**/sign-in/code/**")
    page.get_by_role("textbox").fill(_code_for(player.phone))
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("/")


def _code_for(phone: str) -> str:
    """What the worker would have sent by now."""
    notify.deliver_due()
    text = next(one.text for one in ConsoleText.objects.order_by("-pk") if one.phone == phone)
    found = re.search(r"\d{6}", text)
    assert found, text
    return found[0]


def _watch(page: Page) -> None:
    """From start to end, at the fastest speed that counts."""
    page.get_by_role("link", name="服务").click()
    page.wait_for_url("/lectures/")
    page.get_by_role("link", name="冬季用气安全").click()
    expect(page.get_by_role("link", name="去答题")).to_have_attribute("aria-disabled", "true")
    page.locator("video").evaluate(
        "video => { video.muted = true; video.playbackRate = 1.5; return video.play(); }"
    )
    expect(page.get_by_role("button", name="去答题")).to_be_enabled(timeout=A_LECTURE)
    page.get_by_role("button", name="去答题").click()


def _answer_everything(page: Page) -> None:
    page.wait_for_url("**/quiz/*/")
    page.get_by_role("button", name=re.compile("开始|去答题|答题")).first.click()
    page.wait_for_url("**/quiz/attempts/**")
    attempt = Attempt.objects.get(state=Attempt.State.OPEN)
    for position in range(1, len(attempt.paper) + 1):
        expect(page.locator("#saved")).to_contain_text(f"第 {position} 题")
        page.wait_for_load_state()
        given = right_answer(attempt, position)
        blanks = page.locator("input.input[name=answer]")
        if blanks.count():
            for index, text in enumerate(given):
                blanks.nth(index).fill(text)
        else:
            for value in given:
                # By the keyboard: the line of the last saving may move what a pointer aims at.
                option = page.locator(f"input[name=answer][value='{value}']")
                option.press("Space")
                expect(option).to_be_checked()
        page.locator(".actions .primary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("都答完了。")
    page.get_by_role("button", name="交卷").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("150 分")


def _show_the_qr_code(page: Page, folder: Path) -> Path:
    """Her voucher, and a picture of its code as a camera would take it."""
    page.get_by_role("link", name="看我的券").click()
    page.locator("a.ticket").click()
    code = page.get_by_role("img", name="券的二维码")
    expect(code).to_be_visible()
    keep_picture(page, "journey-voucher")
    picture = folder / "voucher.png"
    code.screenshot(path=picture)
    return picture


def _redeem(page: Page, picture: Path) -> None:
    """Scanned from the picture, by the vendored reader under the real content policy."""
    page.goto("/merchant/")
    page.locator("[data-scan-file]").set_input_files(picture)
    expect(page.get_by_role("heading", level=1)).to_have_text("可以用")
    page.get_by_role("button", name="核销").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("核销好了")


def _redeem_again(page: Page, picture: Path) -> None:
    """Somebody else at the same shop tries the same voucher."""
    page.goto("/merchant/")
    page.locator("[data-scan-file]").set_input_files(picture)
    expect(page.get_by_role("heading", level=1)).to_have_text("这张用过了")
    expect(page.get_by_role("button", name="核销")).to_have_count(0)
