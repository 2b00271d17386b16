"""A form with a file asks which of many unions is meant before it is sent: the file stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import DESK
from tests.cast import a_login
from tests.shared_files import shared_file
from unionhall.base import choosing
from unionhall.domain.quiz.models import BankImport
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Office, Union

if TYPE_CHECKING:
    from tests.browser.conftest import House


@pytest.fixture
def towns(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> list[Union]:
    """More than a select may have."""
    monkeypatch.setattr(choosing, "FEW", 2)
    top = tree.found("云杉市总工会", parent=None, level=1)
    return [top, *(tree.found(f"{one}机关工会", parent=top, level=3) for one in "甲乙丙")]


def test_the_file_is_kept_while_the_union_is_found(house: House, towns: list[Union]) -> None:
    user = a_login("周白露")
    tree.appoint(user, union=towns[0], role=Office.Role.CHAIR)
    page = house.open_as(user, size=DESK)
    page.goto(reverse("quiz_desk:import"))
    page.get_by_label("文件").set_input_files(shared_file("unions.xlsx"))
    page.get_by_label("题库名称").fill("安全")
    box = page.locator("[name=union_named]")
    box.fill("没有这个")
    box.blur()
    expect(page.get_by_text("没有名称里有“没有这个”的")).to_be_visible()
    box.fill("机关")
    box.blur()
    expect(page.get_by_text("选一个，或者写得再全一些")).to_be_visible()
    page.locator("select[name=union]").select_option(label="乙机关工会")
    page.get_by_role("button", name="上传并检查").click()
    page.wait_for_url("**/banks/import/*/")
    assert BankImport.objects.get().union == towns[2]
