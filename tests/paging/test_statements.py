"""No page asks the database more often where there is more to show.

Generated from the table of addresses: every page that somebody can open, in a small house and in
one five times as large.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bench.crowd import Crowd, a_city, settle
from bench.pages import clients_of, opened, pages
from unionhall.people.members.models import Membership

MOST = 25  # statements of an ordinary page
BUDGETS = {
    "/": 15,  # opened by everybody, all the time
    "/desk/": 30,  # an officer's day is put together from every chapter, a statement or two each
    "/desk/lectures/phases/<int:phase_id>/report/ next": 27,
    "/operator/system/": 60,  # asks each check of the doctor's
}
FEW, MANY = 1_000, 5_000  # people: of each kind of thing there is one for 1,000 at least
PAGER = re.compile(rb'rel="next"')

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> Crowd:
    return a_city(FEW)


def statements_of(house: Crowd, people: int) -> dict[str, tuple[int, bool]]:
    """Page -> how many statements it needs, and whether it has a next page."""
    with transaction.atomic():
        settle(house, people)
        found = dict(_statements(house))
        transaction.set_rollback(True)
    return found


def _statements(house: Crowd) -> Iterator[tuple[str, tuple[int, bool]]]:
    for where, client, path in opened(house, clients_of(house)):
        with CaptureQueriesContext(connection) as asked:
            response = client.get(path)
        yield where, (len(asked), bool(PAGER.search(response.content)))


def growing(few: dict[str, tuple[int, bool]], many: dict[str, tuple[int, bool]]) -> list[str]:
    """Pages that need more; a list that has become longer than a page may count its rows."""
    return [
        f"{where}: {few[where][0]} → {needs}"
        for where, (needs, is_long) in many.items()
        if where in few and needs > few[where][0] + (is_long and not few[where][1])
    ]


def test_no_page_needs_more_statements_where_there_is_more_to_show(house):
    few, many = statements_of(house, FEW), statements_of(house, MANY)
    assert len(many) > 70
    assert growing(few, many) == []
    assert {
        where: needs for where, (needs, _) in many.items() if needs > BUDGETS.get(where, MOST)
    } == {}


def test_a_page_that_asks_for_each_row_would_be_seen(house, monkeypatch):
    """A control: the roll, asking for each member by herself."""
    roll = [one for one in pages() if one[0] == "/desk/members/"]
    monkeypatch.setattr("bench.pages.pages", lambda: roll)
    monkeypatch.setattr(
        Membership, "masked_phone", property(lambda one: str(Membership.objects.get(pk=one.pk)))
    )
    few, many = statements_of(house, 20), statements_of(house, 40)
    assert len(growing(few, many)) == 1
