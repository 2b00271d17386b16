"""What is printed: each sheet of paper is whole, black on white, and without what only a screen needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.browser import world as worlds
from tests.browser.checks import measured, sideways
from tests.browser.conftest import DESK
from tests.browser.sights import SIGHTS
from unionhall.people.members.models import Member
from unionhall.people.unions.models import Union

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import House

PAGES = re.compile(rb"/Type\s*/Page\b")
BETWEEN_THE_MARGINS = {
    "width": 703,
    "height": 1032,
}  # A4 without 12 mm each side, at 96 to the inch
AT_MOST = {  # sheets, of what people print
    "winners": 4,
    "voucher": 1,
    "recovery-codes": 4,
    "desk-report": 3,
    "desk-redemptions": 1,
    "application": 1,  # the story of a matter, as it goes into a file of papers: without what is still to fill in
    "desk-correction": 1,
}
FOR_SCREENS = "nav, header.bar, header.side, footer, button, .button, .skip"
ON_PAPER = """() => {
    const seen = node => node.checkVisibility({ visibilityProperty: true });
    const colours = new Set([...document.querySelectorAll('main, main *')].filter(seen)
        .map(node => getComputedStyle(node)).flatMap(style => [style.backgroundColor]));
    return { colours: [...colours], paper: getComputedStyle(document.body).backgroundColor, ink: getComputedStyle(document.body).color };
}"""
PRINTED_BARS = ("rgb(176, 45, 34)", "rgb(201, 74, 57)")  # how far; red prints as grey
WHITE, BLACK, NOTHING = "rgb(255, 255, 255)", "rgb(0, 0, 0)", "rgba(0, 0, 0, 0)"


def test_what_people_print_is_whole_and_black_on_white(house: House) -> None:
    """From a dark screen, too; each page on as few sheets as it needs."""
    world = worlds.build()
    for sight in (one for one in SIGHTS if one.name in AT_MOST):
        page = house.open_as(
            world.users.get(sight.part), theme="dark", elder=sight.name == "voucher"
        )
        page.goto(sight.address(world))
        if sight.then:
            with page.expect_navigation():
                sight.then(page, world)
        _is_fit_for_paper(page, sight.name)
        page.context.close()


def _is_fit_for_paper(page: Page, name: str) -> None:
    page.set_viewport_size(BETWEEN_THE_MARGINS)
    page.emulate_media(media="print")
    assert sideways(page) == 0, name
    assert measured(page, "cut") == [], name
    found = page.evaluate(ON_PAPER)
    assert (found["paper"], found["ink"]) == (WHITE, BLACK), name
    assert set(found["colours"]) <= {WHITE, NOTHING, *PRINTED_BARS}, name
    shown = [one for one in page.locator(FOR_SCREENS).all() if one.is_visible()]
    assert shown == [], f"{name}: {shown[0].inner_text() if shown else ''}"
    sheets = len(PAGES.findall(page.pdf(format="A4", prefer_css_page_size=True)))
    assert 1 <= sheets <= AT_MOST[name], f"{name}: {sheets} sheets"


def test_eighty_winners_sign_on_four_sheets_whatever_their_names(house: House) -> None:
    """The sum at the foot of a page is the sum of that sheet of paper."""
    world = worlds.build()
    Member.objects.update(name="买买提江·阿布都热西提·吐尔逊·阿卜杜拉")
    Union.objects.filter(level=Union.Level.GRASSROOTS).update(name="云桥区柳溪街道联合工会" * 5)
    for elder in (False, True):
        page = house.open_as(world.users["officer"], size=DESK, elder=elder)
        page.goto(f"/desk/lectures/phases/{world.ids['phase_id']}/to-sign/")
        assert page.locator(".to-sign").count() == 4
        assert page.locator(".to-sign").first.locator("tbody tr").count() == 21
        page.emulate_media(media="print")
        assert len(PAGES.findall(page.pdf(format="A4", prefer_css_page_size=True))) == 4
