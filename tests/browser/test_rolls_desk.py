"""Unions, members and a roll on its way in, as an officer sees them in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.checks import keep_picture, sideways, violations
from tests.browser.conftest import DESK, PHONE
from tests.cast import a_login
from tests.shared_files import shared_file
from unionhall.people.members import actions as members
from unionhall.people.members.models import Member
from unionhall.people.unions import actions as unions
from unionhall.people.unions.models import Office, Union

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import House
    from unionhall.people.accounts.models import User

NARROW = {"width": 320, "height": 640}
ROLL = "demo/data/roster_towns.xlsx"


@pytest.fixture
def officer(transactional_db: None) -> User:
    """The district's, with the whole tree below her."""
    unions.take_in_file(shared_file("unions.xlsx").read_bytes(), name="unions.xlsx")
    user = a_login("周白露")
    unions.appoint(user, union=Union.objects.get(depth=1), role=Office.Role.CHAIR)
    return user


def looks_right(page: Page, name: str) -> None:
    """Usable by everybody, whole when narrow, and kept as a picture."""
    keep_picture(page, f"desk-{name}-1440")
    assert violations(page) == []
    window = page.viewport_size
    for size in (NARROW, PHONE):
        page.set_viewport_size(size)
        assert sideways(page) == 0
    page.set_viewport_size(window)


def test_a_roll_goes_in_as_its_officer_watches(house: House, officer: User) -> None:
    page = house.open_as(officer, size=DESK)
    page.goto("/desk/members/")
    looks_right(page, "members-empty")
    page.get_by_role("link", name="导入名册").first.click()
    page.wait_for_url("**/import/")
    looks_right(page, "roll-upload")
    page.get_by_label("名册").set_input_files(shared_file("roster_small.xlsx"))
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("heading", name="正在逐行检查")).to_be_visible()
    keep_picture(page, "desk-roll-waiting-1440")
    members.check_waiting_rolls()
    expect(page.get_by_role("button", name="导入这 401 行")).to_be_visible()
    looks_right(page, "roll-checked")
    page.get_by_role("link", name="证件 ").click()
    page.wait_for_url("**reason=**")
    looks_right(page, "roll-one-reason")
    page.get_by_role("button", name="导入这 401 行").click()
    expect(page.get_by_role("heading", name="正在导入")).to_be_visible()
    keep_picture(page, "desk-roll-running-1440")
    members.take_in_confirmed_rolls()
    expect(page.get_by_role("heading", name="401 行已经进来")).to_be_visible()
    looks_right(page, "roll-done")
    page.goto("/desk/members/")
    looks_right(page, "members")
    page.get_by_label("姓名、手机尾号").fill("1319")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="现在的条件")).to_contain_text("1319")
    assert "1319" not in page.url, "a number stands in no address"
    looks_right(page, "members-search")


def test_a_number_opens_once_and_says_that_it_was_noted(house: House, officer: User) -> None:
    union = Union.objects.filter(level=3).first()
    member = members.admit(
        "何立夏",
        union=union,
        id_kind=Member.IdKind.RESIDENT,
        id_number="990101199006210016",
        phone="19900000012",
    )
    page = house.open_as(officer, size=DESK)
    page.goto(f"/desk/members/{member.pk}/")
    looks_right(page, "member")
    page.get_by_role("button", name="看 手机号").click()
    expect(page.get_by_text("19900000012")).to_be_visible()
    expect(page.get_by_text("已记下是你看的")).to_be_visible()
    expect(page.get_by_text("990101199006210016")).to_have_count(0)
    assert violations(page) == []


def test_unions_are_found_and_staffed(house: House, officer: User) -> None:
    page = house.open_as(officer, size=DESK)
    page.goto("/desk/unions/")
    looks_right(page, "unions")
    page.get_by_label("工会名称或信用代码").fill("科学城")
    with page.expect_navigation():
        page.get_by_role("button", name="找").click()
    with page.expect_navigation():
        page.get_by_role("link", name="云桥科学城总工会").first.click()
    looks_right(page, "union")
    page.goto("/desk/unions/import/")
    looks_right(page, "union-list-upload")
    page.get_by_label("工会台账").set_input_files(shared_file("unions.xlsx"))
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("heading", name="正在逐行检查")).to_be_visible()
    unions.check_waiting_lists()
    expect(page.get_by_role("heading", name="8 行等你改")).to_be_visible()
    looks_right(page, "union-list")


def test_the_desk_can_be_used_without_scripts(house: House, officer: User) -> None:
    page = house.open_as(officer, size=DESK, javascript=False)
    page.goto("/desk/members/import/")
    page.get_by_label("名册").set_input_files(shared_file("roster_small.xlsx"))
    page.get_by_role("button", name="上传并检查").click()
    members.check_waiting_rolls()
    page.get_by_role("link", name="再看一次").click()
    expect(page.get_by_role("button", name="导入这 401 行")).to_be_visible()
