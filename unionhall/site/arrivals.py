"""Who came back from somebody else's page with this browser, and waits for a phone or a yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from unionhall.people.accounts import rules
from unionhall.people.accounts.login import Outsider, door, open_doors
from unionhall.people.accounts.queries import waiting_arrival

if TYPE_CHECKING:
    from django.http import HttpRequest

    from unionhall.people.accounts.login import Door
    from unionhall.people.accounts.models import Arrival

ARRIVAL = "arrival"  # in the session: the row
INSIDE_WECHAT = "wechat"  # a door that is open only there


def arrival_of(request: HttpRequest) -> Arrival | None:
    """The row, as long as it waits."""
    return waiting_arrival(request.session[ARRIVAL]) if ARRIVAL in request.session else None


def told_of(arrival: Arrival | None) -> dict[str, str]:
    """For a page: by which door she came, and how she calls herself there."""
    if arrival is None or arrival.who is None:
        return {}
    who = Outsider.from_text(arrival.who)
    there = door(who.door)
    return {"door": there.label() if there else who.door, "name": who.name}


def doors_for(request: HttpRequest) -> dict[str, object]:
    """The doors with a button on this page; whether WeChat has one that is not open here."""
    doors = open_doors()
    usable = [one for one in doors if opens_here(request, one.name)]
    return {
        "doors": [_shown(one) for one in usable],
        "has_wechat": len(usable) < len(doors),
    }


def opens_here(request: HttpRequest, name: str) -> bool:
    """WeChat's own page opens inside WeChat alone; the one that a demonstration has opens anywhere."""
    inside = settings.DEMO or rules.is_wechat(request.headers.get("User-Agent", ""))
    return name != INSIDE_WECHAT or inside


def _shown(there: Door) -> dict[str, str]:
    return {"name": there.name, "label": there.label()}
