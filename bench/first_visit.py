"""What a visit of home brings over the wire: the page, and every file that it or its styles ask for.

Bodies as they are sent to a browser that takes gzip; headers are not counted. On the second visit a browser asks for
nothing that it may keep unasked (RFC 8246), and for the rest only whether it is still the same (RFC 9110, 13.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from django.http.response import HttpResponseBase as Answer
from django.test import Client

from bench._harness import Figure
from bench.crowd import crowd
from bench.pages import SMALL, browser, signed_in

FIRST_KB, SECOND_KB = 60.0, 15.0
SAME = {"None-Match": "ETag", "Modified-Since": "Last-Modified"}
ENCODINGS = {"Accept-Encoding": "gzip, deflate, br"}
FILES = re.compile(
    r'<(?:link|script|img|source)[^>]*?\b(?:href|src)="([^"#]+)"|url\(["\']?([^"\')]+)'
)


def figures(rounds: int) -> Iterator[Figure]:  # noqa: ARG001 — it weighs the same each time
    """Kilobytes for a stranger, and for a member."""
    with crowd(SMALL) as house:
        member = signed_in(house.world.member.user)
        for who, client in (("a stranger's", browser()), ("a member's", member)):
            first, second = weights_of(client, "/")
            yield Figure(f"home, {who} first visit", first, "kB", goal=FIRST_KB)
            yield Figure(f"home, {who} second visit", second, "kB", goal=SECOND_KB)


def weights_of(client: Client, path: str) -> tuple[float, float]:
    """Of the first visit and of the second, in kilobytes (1024 bytes)."""
    brought = brought_by(client, path)
    again = [_asked_again(client, address, kept) for address, (kept, _bytes) in brought.items()]
    return sum(size for _kept, size in brought.values()) / 1024, sum(again) / 1024


def brought_by(client: Client, path: str) -> dict[str, tuple[Answer, int]]:
    """Address -> answer and its bytes, of all that it brings; ``AssertionError`` names a file that is not there."""
    brought: dict[str, tuple[Answer, int]] = {}
    waiting = [path]
    while waiting:
        address = waiting.pop()
        response = client.get(address, headers=ENCODINGS)
        assert response.status_code == 200, f"{address}: {response.status_code}"  # noqa: PLR2004
        brought[address] = response, _length(response)
        if response["Content-Type"].startswith(("text/html", "text/css")):
            waiting += files_in(_plain(client, address), address) - brought.keys() - set(waiting)
    return brought


def _asked_again(client: Client, address: str, kept: Answer) -> int:
    if "immutable" in kept.headers.get("Cache-Control", ""):
        return 0
    same = {f"If-{asked}": kept[told] for asked, told in SAME.items() if told in kept.headers}
    return _length(client.get(address, headers=ENCODINGS | same))


def _length(response: Answer) -> int:
    return len(b"".join(response))


def _plain(client: Client, address: str) -> str:
    response = client.get(address)
    return b"".join(response).decode()


def files_in(text: str, address: str) -> set[str]:
    """The addresses on our own host; what a drawing holds within itself is no file."""
    named = {href or url for href, url in FILES.findall(text)}
    return {urljoin(address, one) for one in named if not one.startswith(("data:", "#", "http"))}
