"""A voucher's code is read by whatever the webview has: here by WeChat's own scanner, as its JS-SDK offers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from unionhall.kernel.allotment.rules import new_number
from unionhall.people.accounts.models import User
from unionhall.site import cast, demonstration

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import House

SDK = "answer => { window.wx = { scanQRCode: asked => asked[answer.by](answer.with) }; }"


@pytest.fixture
def counter(house: House) -> Page:
    demonstration.load()
    page = house.open_as(User.objects.with_phone(cast.player("clerk").phone).get())
    page.goto("/merchant/")
    return page


def test_what_wechat_has_read_is_sent_like_something_typed(counter: Page) -> None:
    number = new_number()
    counter.evaluate(SDK, {"by": "success", "with": {"resultStr": number}})
    with counter.expect_navigation():
        counter.locator("[data-scan-camera]").click()
    expect(counter.locator("h1")).to_contain_text("没有这张券")


def test_a_refused_scanner_leaves_photo_and_typing(counter: Page) -> None:
    counter.evaluate(SDK, {"by": "fail", "with": {"errMsg": "scanQRCode:permission denied"}})
    counter.locator("[data-scan-camera]").click()
    expect(counter.locator("[data-scan-status]")).not_to_be_empty()
    expect(counter.locator("[data-scan-photo]")).to_be_visible()
    expect(counter.get_by_label("券号")).to_be_editable()
