"""A list taken along: what its officer sees between her press and the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.checks import keep_picture, sideways, violations
from tests.browser.conftest import PHONE
from tests.cast import a_login
from unionhall.people.unions import actions as unions
from unionhall.people.unions.models import Office, Union

if TYPE_CHECKING:
    from tests.browser.conftest import House
    from unionhall.people.accounts.models import User


@pytest.fixture
def officer(transactional_db: None) -> User:
    district = unions.found("云桥区总工会", parent=None, level=Union.Level.DISTRICT)
    user = a_login("周白露")
    unions.appoint(user, union=district, role=Office.Role.CHAIR)
    return user


def test_a_press_says_that_the_file_is_being_written(house: House, officer: User) -> None:
    page = house.open_as(officer, size=PHONE, elder=True)
    page.goto("/desk/exports/new/unions.tree/")
    assert violations(page) == []
    assert sideways(page) == 0
    keep_picture(page, "desk-export-new-390-elder")
    page.get_by_label("做什么用").select_option(index=1)
    with page.expect_download() as coming:
        page.get_by_role("button", name="导出").click()
        expect(page.get_by_role("button", name="正在写文件，写好就下载")).to_be_visible()
    assert coming.value.suggested_filename.endswith(".xlsx")
    expect(page.get_by_role("button", name="导出")).to_be_visible()
