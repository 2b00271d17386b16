"""What is printed: each sheet of paper is whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.browser import world as worlds
from tests.browser.conftest import DESK
from unionhall.people.members.models import Member
from unionhall.people.unions.models import Union

if TYPE_CHECKING:
    from tests.browser.conftest import House

PAGES = re.compile(rb"/Type\s*/Page\b")


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
