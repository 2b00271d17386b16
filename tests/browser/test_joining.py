"""Coming in by hand: a courier without an employer joins; one whose name does not match asks for it to be corrected."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.checks import keep_picture
from tests.browser.conftest import DESK
from tests.people import a_login
from unionhall.base.chinese_ids import made_up_id
from unionhall.kernel.casework.models import Case
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.people.members.queries import member_of
from unionhall.site import cast, demonstration

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import House


@pytest.fixture
def demo(house: House) -> None:
    demonstration.load()


def the(part: str) -> User:
    return User.objects.with_phone(cast.player(part).phone).get()


@pytest.mark.usefixtures("demo")
def test_a_courier_without_an_employer_joins_in_three_taps(house: House) -> None:
    newcomer, name = the("newcomer"), cast.player("newcomer").name
    page = house.open_as(newcomer)
    page.goto("/enrolment/new/")
    page.get_by_role("link", name="快递员").click()
    page.get_by_role("link", name=cast.TOWN).click()
    say_who(page, name, made_up_id(born=dt.date(1995, 5, 5), sequence=401))
    page.get_by_role("button", name="申请入会").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("申请交了")
    keep_picture(page, "journey-joining")
    case = Case.objects.latest("pk")
    answer(house, case, "同意入会")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("欢迎，你已经是工会会员。")
    page.get_by_role("link", name="看看今天有什么").click()
    expect(page.locator("main")).to_contain_text(cast.TOWN)
    member = member_of(newcomer)
    assert member is not None
    assert member.employment == Member.Employment.NEW_FORM


@pytest.mark.usefixtures("demo")
def test_one_whose_name_does_not_match_asks_for_correction_and_gets_it(house: House) -> None:
    there = Member.objects.filter(
        user=None, memberships__union__name=cast.PLANT, memberships__left_on=None
    ).latest("pk")
    name = f"{there.name}䶮"
    user = a_login(name, "19900990090")
    page = house.open_as(user)
    page.goto("/enrolment/new/")
    page.get_by_role("link", name="和名册核对").click()
    say_who(page, name, there.id_number)
    page.get_by_role("button", name="核对").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("名册里没有对得上的人。")
    page.get_by_label("你的工会").fill(cast.PLANT)
    page.get_by_role("button", name="请工会找一找").click()
    page.wait_for_url("**/corrections/*/")
    answer(house, Case.objects.latest("pk"), "核对过本人，改", chosen=there.name)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("改好了。")
    assert member_of(user) == there
    page.goto("/corrections/new/name/")
    page.get_by_label("正确的姓名").fill(name)
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/corrections/*/")
    answer(house, Case.objects.latest("pk"), "核对过本人，改")
    page.goto("/me/")
    expect(page.locator("main")).to_contain_text(name)


def say_who(page: Page, name: str, number: str) -> None:
    page.get_by_label("姓名").fill(name)
    page.get_by_label("证件号码").fill(number)


def answer(house: House, case: Case, button: str, *, chosen: str = "") -> None:
    """The town's officer, at the desk."""
    desk = house.open_as(the("officer"), size=DESK)
    desk.goto(case.desk_page)
    if chosen:
        desk.get_by_label(chosen).check()
    desk.get_by_role("button", name=button).click()
    expect(desk.get_by_role("status").first).to_be_visible()
    desk.context.close()
