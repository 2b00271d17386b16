"""A roll that somebody made by hand, without unions and with headings of her own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.checks import keep_picture, sideways, violations
from tests.browser.conftest import DESK, PHONE
from unionhall.people.members import actions as members
from unionhall.people.members.models import Membership
from unionhall.people.members.tests.test_actions_rolls import a_person

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import House
    from unionhall.people.accounts.models import User
    from unionhall.people.unions.models import Union

HEADINGS = ("工号", "身份证号", "本人电话号", "员工姓名", "入职日期", "性别")


def by_hand(*people: dict[str, str]) -> bytes:
    rows = [
        ("A7", one["证件号码"], one["手机号码"], one["姓名"], "2020-02-02", "女") for one in people
    ]
    return "\n".join(map(",".join, (HEADINGS, *rows))).encode()


def looks_right(page: Page, name: str) -> None:
    """Usable by everybody and whole, large, narrow and with large letters."""
    keep_picture(page, f"desk-{name}-1440")
    assert violations(page) == []
    page.set_viewport_size(PHONE)
    keep_picture(page, f"desk-{name}-390")
    assert sideways(page) == 0
    page.set_viewport_size(DESK)


def test_a_roll_made_by_hand_goes_in_without_a_question_left(
    transactional_db: None, house: House, fu: User, plant7: Union
) -> None:
    page = house.open_as(fu, size=DESK)
    page.goto("/desk/members/import/")
    content = by_hand(a_person(1), a_person(2, "何立夏"))
    file = {"name": "花名册.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("名册").set_input_files([file])
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("heading", name="正在逐行检查")).to_be_visible()
    members.check_waiting_rolls()
    expect(page.get_by_role("heading", name="这份名册都是哪个工会的？")).to_be_visible()
    looks_right(page, "roll-asks-union")
    page.get_by_label("都是哪个工会的").select_option("七号厂工会")
    page.get_by_role("button", name="都算它的，再检查一遍").click()
    expect(page.get_by_role("heading", name="正在逐行检查")).to_be_visible()
    members.check_waiting_rolls()
    expect(page.get_by_text("“本人电话号”（像是“手机号码”）")).to_be_visible()
    expect(page.get_by_text("2 人没有手机号")).to_be_visible()
    looks_right(page, "roll-headings")
    page.get_by_role("button", name="导入这 2 行").click()
    expect(page.get_by_role("heading", name="正在导入")).to_be_visible()
    members.take_in_confirmed_rolls()
    expect(page.get_by_role("heading", name="2 行已经进来")).to_be_visible()
    assert Membership.objects.filter(union=plant7).count() == 2
