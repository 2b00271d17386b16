"""The composer saves while one types; the live view moves by itself."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.tests.made import a_draft_series, a_published_phase
from unionhall.people.accounts.actions import give_consent
from unionhall.people.accounts.models import Consent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def private_files(settings, tmp_path, ann):
    """Uploads go to a folder of the test; and somebody is entitled, or nothing could be published."""
    settings.MEDIA_ROOT = tmp_path


def test_typing_is_saved_and_read_back(house, bo, plant7):
    series = a_draft_series(plant7, bo)
    page = house.open_as(bo, size=DESK)
    page.goto(f"/desk/lectures/{series.pk}/compose/")
    places = page.get_by_label("名额")
    places.fill("60")
    page.get_by_text("最先交卷的 60 名").wait_for()
    assert series.phases.get().draft["places"] == "60"
    places.fill("六十")
    page.locator("#margin").get_by_text("填全了，这里就是会员读到的话").wait_for()
    assert series.phases.get().draft["places"] == "六十"
    expect(places).to_have_value("六十")
    expect(places).to_have_attribute("aria-invalid", "true")
    places.fill("70")
    page.get_by_text("最先交卷的 70 名").wait_for()
    expect(places).not_to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="检查并发布").click()
    page.wait_for_url("**/publish/")
    page.get_by_role("button", name="发布", exact=True).click()
    page.get_by_text("正在开放").wait_for()


def test_the_rush_moves_without_a_reload(house, bo, plant7, ann):
    give_consent(ann.user, Consent.Kind.WINNERS)
    phase = a_published_phase(plant7, bo)
    page = house.open_as(bo, size=DESK)
    page.goto(f"/desk/lectures/phases/{phase.pk}/live/")
    page.get_by_text("发了 0 份，还有 80 份").wait_for()
    lectures.enter_on_paper(phase, member=ann, score=120, by=bo)
    page.get_by_text("发了 1 份，还有 79 份").wait_for()
    expect(page.get_by_text("苏*蛰")).to_be_visible()
    page.goto("about:blank")
