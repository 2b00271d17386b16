"""What a first visit of home brings over the wire: the page, and every file that it or its styles ask for.

Bodies as they are sent to a browser that takes gzip; headers are not counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from django.test import Client

from bench._harness import Figure
from bench.crowd import crowd
from bench.pages import SMALL, browser, signed_in

MOST_KB = 60.0
FILES = re.compile(
    r'<(?:link|script|img|source)[^>]*?\b(?:href|src)="([^"#]+)"|url\(["\']?([^"\')]+)'
)


def figures(rounds: int) -> Iterator[Figure]:  # noqa: ARG001 — it weighs the same each time
    """Kilobytes for a stranger, and for a member."""
    with crowd(SMALL) as house:
        member = signed_in(house.world.member.user)
        for who, client in (("a stranger's", browser()), ("a member's", member)):
            yield Figure(f"home, {who} first visit", weight_of(client, "/"), "kB", goal=MOST_KB)


def weight_of(client: Client, path: str) -> float:
    """In kilobytes (1024 bytes); ``AssertionError`` names a file that is not there."""
    weights: dict[str, int] = {}
    waiting = [path]
    while waiting:
        address = waiting.pop()
        response = client.get(address, headers={"Accept-Encoding": "gzip, deflate, br"})
        assert response.status_code == 200, f"{address}: {response.status_code}"  # noqa: PLR2004
        weights[address] = len(b"".join(response) if response.streaming else response.content)
        if response["Content-Type"].startswith(("text/html", "text/css")):
            waiting += files_in(_plain(client, address), address) - weights.keys() - set(waiting)
    return sum(weights.values()) / 1024


def _plain(client: Client, address: str) -> str:
    response = client.get(address)
    return b"".join(response).decode()


def files_in(text: str, address: str) -> set[str]:
    """The addresses on our own host; what a drawing holds within itself is no file."""
    named = {href or url for href, url in FILES.findall(text)}
    return {urljoin(address, one) for one in named if not one.startswith(("data:", "#", "http"))}
