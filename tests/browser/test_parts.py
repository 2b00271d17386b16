"""The shared parts in a real browser: the sample page, and the helpers of ui.js."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.checks import keep_picture, sideways, violations
from tests.browser.conftest import DESK, PHONE

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from tests.browser.conftest import House

NARROW = {"width": 320, "height": 640}


@pytest.mark.parametrize("elder", [False, True], ids=["normal", "elder"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_part_can_be_used_by_everybody(house: House, theme: str, elder: bool) -> None:
    page = house.open_as(None, theme=theme, elder=elder)
    page.goto("/ui/")
    assert page.locator("html").get_attribute("data-size") == ("elder" if elder else None)
    keep_picture(page, f"parts-390-{theme}{'-elder' if elder else ''}")
    assert violations(page) == []


@pytest.mark.parametrize("elder", [False, True], ids=["normal", "elder"])
@pytest.mark.parametrize("size", [NARROW, PHONE, DESK], ids=["320", "390", "1440"])
def test_no_part_is_wider_than_the_window(house: House, size: dict[str, int], elder: bool) -> None:
    page = house.open_as(None, size=size, elder=elder)
    page.goto("/ui/")
    assert sideways(page) == 0


def test_the_parts_can_be_read_without_scripts(house: House) -> None:
    page = house.open_as(None, javascript=False)
    page.goto("/ui/")
    assert page.locator("[data-countdown]").first.inner_text() == "12:46"


def test_a_countdown_counts_and_says_when_time_is_up(house: House) -> None:
    page = _with(
        house,
        '<p><span data-countdown="1">00:01</span></p>',
        before="document.addEventListener('countdown:done', () => { document.title = 'up'; })",
    )
    expect(page).to_have_title("up")
    assert page.locator("#trial [data-countdown]").inner_text() == "00:00"


def test_a_form_is_sent_once_however_often_one_presses(house: House) -> None:
    page = _with(
        house,
        '<form method="post" action="/nowhere/" data-busy-text="正在送出"><input name="words" value="写到一半"><button>送</button></form>',
    )
    _count_what_is_sent(page)
    page.route("**/nowhere/", lambda route: route.fulfill(status=204))  # the page stays
    page.locator("#trial button").evaluate(
        "button => { button.click(); button.click(); button.click(); }"
    )
    expect(page.locator("#trial button")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#trial button")).to_have_text("正在送出")
    page.locator("#trial button").click()
    assert page.evaluate("sent") == 1


def test_without_a_network_nothing_is_sent_and_nothing_is_lost(house: House) -> None:
    page = _with(
        house,
        '<form method="post" action="/nowhere/"><input name="words" value="写到一半"><button>送</button></form>',
    )
    page.context.set_offline(True)
    page.locator("#trial button").click()
    expect(page.locator("#trial [role=alert]")).to_contain_text("没连上网")
    assert page.locator("#trial input").input_value() == "写到一半"


@pytest.mark.parametrize(
    ("status", "words"), [(500, "我们这边出了错"), (403, "不归你办"), (401, "登录过期")]
)
def test_a_failed_swap_says_so_and_keeps_what_was_typed(
    house: House, status: int, words: str
) -> None:
    page = _with(
        house,
        '<form hx-post="/nowhere/" hx-target="#into"><input name="words" value="写到一半"><button>送</button></form><div id="into"></div>',
    )
    page.route("**/nowhere/", lambda route: route.fulfill(status=status, body="<p>!</p>"))
    page.locator("#trial button").click()
    expect(page.locator("#trial [role=alert]")).to_contain_text(words)
    assert page.locator("#trial input").input_value() == "写到一半"
    assert page.locator("#trial button").get_attribute("aria-busy") is None
    assert page.locator("#into").inner_text() == ""


def test_a_lost_connection_during_a_swap_says_so(house: House) -> None:
    page = _with(
        house,
        '<form hx-post="/nowhere/" hx-target="#into"><input name="words" value="写到一半"><button>送</button></form><div id="into"></div>',
    )
    page.route("**/nowhere/", lambda route: route.abort())
    page.locator("#trial button").click()
    expect(page.locator("#trial [role=alert]")).to_contain_text("没连上网")


SAVED_AT_EACH_CHANGE = """<form method="post" action="/next/" hx-post="/nowhere/" hx-trigger="change" hx-target="#seq" hx-swap="outerHTML">
    <input type="hidden" id="seq" name="seq" value="0"><input type="checkbox" name="answer"><button>下一题</button></form>"""


def test_the_next_step_waits_for_the_answer_that_is_on_its_way(house: House) -> None:
    """Else the page would send what it was based on before, and be told of another page that does not exist."""
    page = _with(house, SAVED_AT_EACH_CHANGE)
    saving = _tick_and_press(page)
    with page.expect_request("**/next/") as taken:
        saving.fulfill(
            content_type="text/html", body='<input type="hidden" id="seq" name="seq" value="1">'
        )
    assert taken.value.post_data == "seq=1&answer=on"


def test_the_next_step_is_not_taken_when_the_answer_before_it_was_refused(house: House) -> None:
    page = _with(house, SAVED_AT_EACH_CHANGE)
    _count_what_is_sent(page)
    saving = _tick_and_press(page)
    saving.fulfill(status=409, content_type="text/html", body='<p id="seq">another page</p>')
    expect(page.locator("#seq")).to_have_text("another page")
    page.evaluate("() => new Promise(done => setTimeout(done))")  # after what waits its turn now
    assert page.evaluate("sent") == 0


def _count_what_is_sent(page: Page) -> None:
    """In ``sent``: how often the page's own guard let the form of ``_with`` go."""
    page.evaluate(
        "window.sent = 0; document.querySelector('#trial form').addEventListener('submit', () => { window.sent += 1; });"
    )


def _tick_and_press(page: Page) -> Route:
    """Tick an answer and press on while it is being saved; returns the save, which waits to be answered."""
    waiting: list[Route] = []
    page.route("**/nowhere/", lambda route: waiting.append(route))  # noqa: PLW0108 — a builtin cannot be marked
    page.route("**/next/", lambda route: route.fulfill(status=204))
    page.locator("#trial input[type=checkbox]").check()
    page.locator("#trial button").click()
    while not waiting:
        page.wait_for_timeout(10)
    return waiting[0]


def test_a_refusal_is_swapped_in(house: House) -> None:
    page = _with(
        house,
        '<form hx-post="/nowhere/" hx-target="#into"><button>送</button></form><div id="into"></div>',
    )
    page.route(
        "**/nowhere/",
        lambda route: route.fulfill(
            status=409, content_type="text/html; charset=utf-8", body="<p>奖品在你之前发完了。</p>"
        ),
    )
    page.locator("#trial button").click()
    page.locator("#into p").wait_for()
    assert page.locator("#into").inner_text() == "奖品在你之前发完了。"


def test_a_page_that_answers_a_swap_is_not_nested(house: House) -> None:
    """After the sign-in has expired, a fragment's address answers with the whole sign-in page."""
    page = _with(
        house,
        '<form hx-post="/nowhere/" hx-target="#into"><input name="words" value="写到一半"><button>送</button></form><div id="into"></div>',
    )
    page.route(
        "**/nowhere/",
        lambda route: route.fulfill(
            status=200,
            content_type="text/html; charset=utf-8",
            body="<!doctype html><title>登录</title>",
        ),
    )
    page.locator("#trial button").click()
    expect(page.locator("#trial [role=alert]")).to_contain_text("登录过期")
    assert page.locator("#into").inner_text() == ""


def _with(house: House, part: str, *, before: str = "") -> Page:
    """The sample page with one more part, as htmx would bring it; ``before`` that, a script runs."""
    page = house.open_as(None)
    page.goto("/ui/")
    page.evaluate(before)
    page.evaluate(
        """html => {
        const trial = document.createElement('div');
        trial.id = 'trial';
        trial.innerHTML = html;
        document.querySelector('main').prepend(trial);
        htmx.process(trial);
        trial.dispatchEvent(new CustomEvent('htmx:load', { bubbles: true }));
    }""",
        part,
    )
    return page
