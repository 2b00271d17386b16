"""A claim whose answer is lost on its way: the page says that it is checking, asks again, and shows the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.world import a_giveaway
from unionhall.domain.welfare import actions as welfare
from unionhall.kernel.allotment.models import Claim

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from tests.browser.conftest import House

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def offer(plant7, bo):
    shop = welfare.register_merchant(
        by=bo, union=plant7, name="云杉面包坊", address="柳溪路 12 号", phone=""
    )
    return a_giveaway(plant7, officer=bo, merchant=shop)


def press(page: Page) -> None:
    page.get_by_role("button", name="领一份").click()


def test_she_claims_without_leaving_the_page(house: House, ann, offer):
    page = house.open_as(ann.user)
    page.goto(f"/vouchers/offers/{offer.pk}/")
    press(page)
    page.get_by_text("第 1 份，共 10 份").wait_for()
    assert Claim.objects.count() == 1


def test_an_answer_that_was_lost_is_asked_for_again(house: House, ann, offer):
    """The server decided, and the line broke before she could read it."""
    page, lost, keys = house.open_as(ann.user), [], []

    def lose_the_first(route: Route) -> None:
        keys.append(route.request.post_data)
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.goto(f"/vouchers/offers/{offer.pk}/")
    page.route("**/claim/", lose_the_first)
    press(page)
    page.get_by_text("正在核对…").wait_for()
    page.get_by_text("第 1 份，共 10 份").wait_for()
    assert lost == [200]
    assert len(set(keys)) == 1, "under the same key"
    assert len(keys) == 2
    assert Claim.objects.count() == 1


def test_a_request_that_never_arrived_is_sent_again(house: House, ann, offer):
    page, tries = house.open_as(ann.user), []

    def drop_two(route: Route) -> None:
        tries.append(1)
        if len(tries) <= 2:
            route.abort()
        else:
            route.continue_()

    page.goto(f"/vouchers/offers/{offer.pk}/")
    page.route("**/claim/", drop_two)
    press(page)
    page.get_by_text("第 1 份，共 10 份").wait_for()
    assert Claim.objects.count() == 1


def test_without_javascript_the_form_does_it_all(house: House, ann, offer):
    page = house.open_as(ann.user, javascript=False)
    page.goto(f"/vouchers/offers/{offer.pk}/")
    press(page)
    page.get_by_text("第 1 份，共 10 份").wait_for()
