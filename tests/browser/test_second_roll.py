"""A roll in its second year: mended by its own report, changed, a transfer, and put back."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from tests.browser.conftest import DESK
from tests.browser.test_rolls_desk import looks_right
from tests.cast import a_login
from unionhall.base.chinese_ids import made_up_id
from unionhall.base.spreadsheets import Column, SheetToWrite, write_xlsx
from unionhall.people.members import actions as members
from unionhall.people.members.models import Member, Membership
from unionhall.people.members.tests.test_actions_rolls import BORN
from unionhall.people.unions import actions as unions
from unionhall.people.unions.models import Union

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import House
    from unionhall.people.accounts.models import User

HEADINGS = ["手机", "所属工会", "姓名", "身份证号", "部门"]  # in an order of the sender's own
PLANT, HARBOUR = "七号厂工会", "二号港工会"


def row(serial: int, name: str, union: str = PLANT, department: str = "装配") -> list[str]:
    number = made_up_id(born=BORN, sequence=serial * 2)
    return [f"199000{serial:05}", union, name, number, department]


def table(*rows: list[str]) -> bytes:
    return write_xlsx(SheetToWrite("名册", [Column(one) for one in HEADINGS], rows))


@pytest.fixture
def house_of_two(transactional_db: None) -> tuple[User, User]:
    """The officer of Plant 7, and of Harbour 2, under one district."""
    district = unions.found("云桥区总工会", parent=None, level=Union.Level.DISTRICT)
    users = []
    for name, called in (("何立夏", PLANT), ("谷霜降", HARBOUR)):
        district.refresh_from_db()
        union = unions.found(called, parent=district, level=Union.Level.GRASSROOTS)
        users.append(a_login(name))
        unions.appoint(users[-1], union=union, role="officer")
    return users[0], users[1]


def upload(page: Page, name: str, content: bytes) -> None:
    page.goto("/desk/members/import/")
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.get_by_label("名册").set_input_files(files=[file])
    page.get_by_role("button", name="上传并检查").click()
    page.wait_for_url("**/import/*/")
    members.check_waiting_rolls()


def import_it(page: Page, rows: int) -> None:
    page.get_by_role("button", name=f"导入这 {rows} 行").click()
    expect(page.get_by_role("heading", name="正在导入")).to_be_visible()
    members.take_in_confirmed_rolls()
    expect(page.get_by_role("heading", name="已经进来")).to_be_visible()


def test_a_roll_lives_two_years(house: House, house_of_two: tuple[User, User]) -> None:
    bo, cai = house_of_two
    page = house.open_as(bo, size=DESK)
    dirty = row(3, "苏惊蛰")
    dirty[3] = dirty[3][:-2]
    upload(page, "今年.xlsx", table(row(1, "周白露"), row(2, "何小满"), dirty))
    expect(page.get_by_role("heading", name="1 行等你改")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载原表").click()
    book = CalamineWorkbook.from_filelike(io.BytesIO(download.value.path().read_bytes()))
    lines = book.get_sheet_by_name("名册").to_python()
    assert "位数不对" in lines[3][-1]
    mended = [[str(cell) for cell in line[: len(HEADINGS)]] for line in lines[1:]]
    mended[2][3] = row(3, "苏惊蛰")[3]
    upload(page, "今年.xlsx", table(*mended))
    import_it(page, 3)
    _next_year(page)
    _transferred(house, cai, page)
    page.goto(page.url)
    page.get_by_role("link", name="传错了").click()
    looks_right(page, "roll-undo")
    page.get_by_label("为什么撤销").fill("传成了去年的表")
    page.get_by_role("button", name="撤销这次导入").click()
    expect(page.get_by_role("heading", name="这次导入撤销了")).to_be_visible()
    assert Membership.objects.get(member__name="周白露", left_on=None).department == "装配"
    assert not Member.objects.filter(name="方谷雨").exists()


def _next_year(page: Page) -> None:
    """One changed, one new, one of another union, two not in the file."""
    harbours = Union.objects.get(name=HARBOUR)
    number = row(9, "林大雪")[3]
    members.admit("林大雪", union=harbours, id_kind="resident", id_number=number)
    rows = (row(1, "周白露", department="研发"), row(7, "方谷雨"), row(9, "林大雪"))
    upload(page, "明年.xlsx", table(*rows))
    expect(page.get_by_role("heading", name="2 行可以进来")).to_be_visible()
    page.get_by_role("link", name="看原来是什么").click()
    expect(page.get_by_text("装配 → 研发")).to_be_visible()
    looks_right(page, "roll-changes")
    import_it(page, 2)
    page.get_by_role("link", name="看是谁").click()
    expect(page.get_by_role("heading", name="2 位会员不在这份名册里")).to_be_visible()
    page.get_by_role("checkbox", name="何小满").check()
    page.get_by_label("怎么回事").select_option("retired")
    page.get_by_role("button", name="给勾选的人").click()
    expect(page.get_by_role("heading", name="1 位会员不在这份名册里")).to_be_visible()
    looks_right(page, "roll-absent")
    page.get_by_role("link", name="明年.xlsx").click()


def _transferred(house: House, cai: User, page: Page) -> None:
    """The other union answers; the one that asked never reads its name."""
    theirs = house.open_as(cai, size=DESK)
    theirs.goto("/desk/")
    theirs.get_by_role("link", name="林大雪的接转等你答复").click()
    looks_right(theirs, "transfer")
    theirs.get_by_role("button", name="同意转过去").click()
    expect(theirs.get_by_text("从今天起是新工会的会员").first).to_be_visible()
    back = page.url
    page.goto("/desk/members/transfers/")
    expect(page.get_by_text("同意了，已经转入").last).to_be_visible()
    assert HARBOUR not in page.content()
    page.goto(back)
