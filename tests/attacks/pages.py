"""Every page of the product, each with somebody of Plant 7 who is let in there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tests.tenancy.routes import all_routes
from tests.tenancy.two_unions import ids

if TYPE_CHECKING:
    from django.test import Client

    from tests.world import World

WHO = {
    "runs_unions": "bo", "needs_second_factor": "bo", "works_for_a_merchant": "clerk", "manages_a_merchant": "clerk",
}  # fmt: skip
FEWEST = 60


def shown(browsers: Mapping[str, Client], world: World) -> Iterator[tuple[str, str, str]]:
    """Who, where, and what she reads: of every address that answers with a page."""
    for route in all_routes():
        if route.is_api or route.where.startswith("/demo/"):
            continue
        who = WHO.get(route.reader("GET") or "", "ann")
        path = route.path(ids(world))
        for name in {who, "anonymous"} if path.startswith("/sign-in") else {who}:
            answer = browsers[name].get(path)
            is_page = answer.headers.get("Content-Type", "").startswith("text/html")
            if answer.status_code == 200 and is_page and "Content-Disposition" not in answer:
                yield name, path, answer.text
