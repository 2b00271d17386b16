"""The main job of the product as its cast lives it: one small function a station.

Each station takes the journey so far, does one person's part over HTTP, and returns what happened
in one line. Anything else than expected is a JourneyError.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from demo.visitor import JourneyError, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Journey:
    """Where the house stands, who is on the way, and what they carry from station to station."""

    base: str
    cast: str
    visitors: dict[str, Visitor] = field(default_factory=dict)
    carried: dict[str, str] = field(default_factory=dict)

    def visitor(self, name: str) -> Visitor:
        """The same browser each time."""
        return self.visitors.setdefault(name, Visitor(name, self.base))


def front_door(journey: Journey) -> str:
    """Anybody finds the page to sign in."""
    page = journey.visitor("anybody").get("/sign-in/")
    if page.status != 200:  # noqa: PLR2004 - HTTP
        raise JourneyError(f"/sign-in/ answers {page.status}")
    return "the page to sign in is there"


STATIONS: list[Callable[[Journey], str]] = [front_door]
