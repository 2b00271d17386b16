"""Every page that a member or an officer can open, in a house of 1,000,000 members and 20,000 unions.

The floor of a page is its own time in a house of 10,000: a page may cost 1.3 times that, or 5 ms
more. Pages are found in the table of addresses, so that a new one is here from its first day; of
a list the page behind the first is asked, too. In process, without a network, small and large house by
turns; of each page the lower quartile, for whatever else the machine does only adds to it.
"""

from __future__ import annotations

import logging
import re
import statistics
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from django.test import Client
from django.urls import URLPattern

from bench._harness import Figure, seconds
from bench.crowd import Crowd, crowd
from tests.architecture.test_access import routes
from tests.people import a_login
from tests.tenancy.two_unions import address
from unionhall.people.accounts.models import User
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Office, Union
from unionhall.people.unions.rules.roles import ADMINISTRATORS, AUDIT, SECURITY, SYSTEM
from unionhall.site.second_factor import remember

SMALL, LARGE = 10_000, 1_000_000
UNIONS = {SMALL: 0, LARGE: 20_000}  # of the small house as many as so many people have
RATIO, MS_MORE = 1.3, 5.0
PATIENCE = 2.0  # seconds for one page, however many rounds
NOT_PAGES = ("/api/", "/static/")
FURTHER = re.compile(r'rel="next" href="([^"]+)"')


def figures(rounds: int) -> Iterator[Figure]:
    """How many pages are too slow, and each of these by its address."""
    logging.getLogger("django.request").setLevel(logging.ERROR)  # many routes only take a POST
    with crowd(LARGE, unions=UNIONS[LARGE]) as house:
        yield Figure(f"{LARGE} members made", house.took, "s", goal=180)
        yield Figure(f"{LARGE} members made", house.size / 2**20, "MB", goal=3072)
    each = [
        Figure(page, ours, "ms", floor, RATIO, slack=MS_MORE)
        for page, (floor, ours) in times(rounds).items()
    ]
    middle = [
        statistics.median(column)
        for column in zip(*((f.value, f.floor or 0) for f in each), strict=True)
    ]
    yield Figure("pages, median", middle[0], "ms", middle[1], RATIO, slack=MS_MORE)
    yield from sorted((one for one in each if not one.ok), key=lambda one: -one.value)
    yield Figure(f"slow of {len(each)} pages", sum(not one.ok for one in each), "", goal=0)


def times(rounds: int) -> dict[str, tuple[float, float]]:
    """Page -> milliseconds in the small house and in the large one, of the same minute."""
    found: list[dict[str, tuple[Client, str]]] = []
    for size in (SMALL, LARGE):
        with crowd(size, unions=UNIONS[size]) as house:
            pages = opened(house, clients_of(house))
            found.append({where: (client, path) for where, client, path in pages})
    small, large = found
    return {
        where: compared(small[where], large[where], rounds) for where in large if where in small
    }


def compared(
    small: tuple[Client, str], large: tuple[Client, str], rounds: int
) -> tuple[float, float]:
    """Of ``2 * rounds + 1`` requests by turns, fewer if they take long; each has one before it."""
    took: list[tuple[float, float]] = []
    while len(took) <= 2 * rounds and sum(map(sum, took)) < PATIENCE:
        took.append((one(SMALL, *small), one(LARGE, *large)))
    floor, ours = (lower_quartile(column) * 1000 for column in zip(*took, strict=True))
    return floor, ours


def lower_quartile(times: Sequence[float]) -> float:
    """Of a few; a quarter of them was quicker."""
    return sorted(times)[len(times) // 4]


def one(size: int, client: Client, path: str) -> float:
    """Seconds of a request whose house is awake."""
    with crowd(size, unions=UNIONS[size]):
        client.get(path)
        return seconds(lambda: client.get(path))


def opened(house: Crowd, readers: dict[str, Client]) -> Iterator[tuple[str, Client, str]]:
    """The pages that can be opened, and those behind them, each with its reader and its address."""
    for where, entry in pages():
        client, path = readers[entry.callback.reader], address(where, entry, house.world)
        response = client.get(path)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if response.status_code != HTTPStatus.OK or not is_page:
            continue  # asks for a form's button, or hands out a file
        yield where, client, path
        if further := FURTHER.search(response.content.decode()):
            yield f"{where} next", client, path + further[1].replace("&amp;", "&")


def pages() -> list[tuple[str, URLPattern]]:
    """All routes that are neither a verb of the API nor a file."""
    return [(where, entry) for where, entry in routes() if not where.startswith(NOT_PAGES)]


def clients_of(house: Crowd) -> dict[str, Client]:
    """By what a route says of its reader; a reader that nobody here is, is a mistake of this table."""
    world = house.world
    member, officer = signed_in(world.member.user), signed_in(world.officer)
    clerk = signed_in(world.clerk.user)
    administrators = {role: signed_in(administrator(role)) for role in ADMINISTRATORS}
    return {
        "runs_the_system": administrators[SYSTEM],
        "guards_security": administrators[SECURITY],
        "audits": administrators[AUDIT],
        "public": member,
        "signed in": member,
        "needs_second_factor": officer,
        "runs_unions": officer,
        "reads_ledgers": officer,
        "works_for_a_merchant": clerk,
        "manages_a_merchant": clerk,
    }


def administrator(role: str) -> User:
    """Somebody with that role at the top of the tree; the same each time."""
    held = Office.objects.filter(role=role, until_on=None).select_related("user").first()
    top = Union.objects.get(depth=1)
    return held.user if held else tree.appoint(a_login("管理员"), union=top, role=role).user


def browser() -> Client:
    """Of a stranger."""
    return Client(SERVER_NAME="localhost")


def signed_in(user: User | None) -> Client:
    """A browser with her session, second factor and all."""
    assert user is not None, "has a login"
    client = browser()
    client.force_login(user)
    session = client.session
    remember(session, user)
    session.save()
    return client
