"""A form with a file asks which of many unions is meant before it is sent: the file stays."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import DESK
from tests.cast import a_login
from tests.shared_files import shared_file
from unionhall.base import choosing
from unionhall.domain.quiz.models import BankImport
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Office, Union
from unionhall.site.second_factor import SHOWN_AT

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page, Request

    from tests.browser.conftest import House


@pytest.fixture
def towns(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> list[Union]:
    """More than a select may have."""
    monkeypatch.setattr(choosing, "FEW", 2)
    top = tree.found("云杉市总工会", parent=None, level=1)
    return [top, *(tree.found(f"{one}机关工会", parent=top, level=3) for one in "甲乙丙")]


@pytest.fixture
def page(house: House, towns: list[Union]) -> Page:
    """A file is chosen, and a name typed; of the union nothing yet."""
    user = a_login("周白露")
    tree.appoint(user, union=towns[0], role=Office.Role.CHAIR)
    page = house.open_as(user, size=DESK)
    page.goto(reverse("quiz_desk:import"))
    page.get_by_label("文件").set_input_files(shared_file("unions.xlsx"))
    page.get_by_label("题库名称").fill("安全")
    return page


def _requests(page: Page, method: str) -> list[Request]:
    """What the page sends from now on."""
    sent: list[Request] = []
    page.on("request", lambda one: sent.append(one) if one.method == method else None)
    return sent


def _box(page: Page) -> Locator:
    return page.locator("[name=union_named]")


def _button(page: Page) -> Locator:
    return page.locator("main form button[type=submit]")


def _has_its_file(page: Page) -> bool:
    found: bool = page.get_by_label("文件").evaluate("file => file.files.length === 1")
    return found and page.get_by_label("题库名称").input_value() == "安全"


def test_the_file_is_kept_while_the_union_is_found(page: Page, towns: list[Union]) -> None:
    _box(page).fill("没有这个")
    _box(page).blur()
    expect(page.get_by_text("没有名称里有“没有这个”的")).to_be_visible()
    _box(page).fill("机关")
    _box(page).blur()
    expect(page.get_by_text("选一个，或者写得再全一些")).to_be_visible()
    page.locator("select[name=union]").select_option(label="乙机关工会")
    _button(page).click()
    page.wait_for_url("**/banks/import/*/")
    assert BankImport.objects.get().union == towns[2]


@pytest.mark.parametrize("by", ["enter", "click"])
def test_what_is_typed_is_asked_before_it_is_sent(page: Page, towns: list[Union], by: str) -> None:
    sent = _requests(page, "POST")

    def send() -> None:
        _box(page).press("Enter") if by == "enter" else _button(page).click()

    for typed, said in {"没有这个": "没有名称里有", "机关": "选一个，或者写得再全"}.items():
        _box(page).fill(typed)
        send()
        expect(page.get_by_text(said)).to_be_visible()
        assert _has_its_file(page)
    assert sent == []
    _box(page).fill("乙机关")
    send()
    page.wait_for_url("**/banks/import/*/")
    assert len(sent) == 1
    assert BankImport.objects.get().union == towns[2]


def test_the_button_does_not_move_away_under_the_finger(page: Page) -> None:
    """The box is left as the button goes down; its answer would come before the button is up."""
    asked = _requests(page, "GET")
    _box(page).fill("乙机关")
    _button(page).hover()
    page.mouse.down()
    assert page.evaluate("document.activeElement.name") != "union_named"
    assert asked == []
    page.mouse.up()
    page.wait_for_url("**/banks/import/*/")


def test_an_answer_to_the_box_does_not_let_it_be_sent_twice(page: Page) -> None:
    sent = _requests(page, "POST")
    stays = lambda route: (  # noqa: E731 — said where it is used
        route.fulfill(status=204) if route.request.method == "POST" else route.continue_()
    )
    page.route("**/banks/import/", stays)
    for typed in ("乙机关", "丙机关"):
        _box(page).fill(typed)
        _box(page).blur()
        expect(page.locator("select[name=union] :checked")).to_have_text(f"{typed}工会")
        _button(page).click()
        expect(_button(page)).to_have_attribute("aria-busy", "true")
    assert len(sent) == 1


def _sign_out(page: Page) -> None:
    page.context.clear_cookies()


def _forget_second_factor(page: Page) -> None:
    key = next(
        one["value"]
        for one in page.context.cookies()
        if one["name"] == settings.SESSION_COOKIE_NAME
    )
    session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    del session[SHOWN_AT]
    session.save()


@pytest.mark.parametrize("ends", [_sign_out, _forget_second_factor])
def test_leaving_the_box_does_not_leave_the_page(page: Page, ends: Callable[[Page], None]) -> None:
    sent = _requests(page, "POST")
    before = page.url
    ends(page)
    _box(page).fill("机关")
    _box(page).blur()
    expect(page.get_by_role("alert")).to_contain_text("登录过期")
    _button(page).click()
    expect(page.get_by_role("alert")).to_contain_text("登录过期")
    assert page.url == before
    assert _has_its_file(page)
    assert sent == []
