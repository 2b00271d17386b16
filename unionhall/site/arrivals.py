"""Who came back from somebody else's page with this browser, and waits for a phone or a yes.

A browser is shared: whoever came back may have gone, and somebody else signs in. So an arrival goes with the steps of its
own sign-in, from the address to which it led; who begins anew has nothing to do with it.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.http import urlencode

from unionhall.kernel.notify import actions as notify
from unionhall.people.accounts import rules
from unionhall.people.accounts.login import Outsider, door, open_doors
from unionhall.people.accounts.queries import waiting_arrival
from unionhall.site.coming_back import with_next

if TYPE_CHECKING:
    from django.http import HttpRequest

    from unionhall.people.accounts.login import Door
    from unionhall.people.accounts.models import Arrival, User

ARRIVAL = "arrival"  # in the session: the row
WITH = "with"  # in the addresses and forms of a sign-in: whom it brings along
TOLD_WITHIN = dt.timedelta(days=1)
INSIDE_WECHAT = "wechat"  # a door that is open only there


def with_arrival(page: str, path: str, arrival: Arrival) -> str:
    """The address of a page at which she goes on, and later to ``path``."""
    address = with_next(page, path)
    return f"{address}{'&' if '?' in address else '?'}{urlencode({WITH: arrival.pk})}"


def arrival_of(request: HttpRequest) -> Arrival | None:
    """The row, as long as it waits, if the page or form that is asked for brings it along."""
    return arrival_brought(request, request.POST.get(WITH) or request.GET.get(WITH) or "")


def arrival_brought(request: HttpRequest, said: object) -> Arrival | None:
    """The row, as long as it waits, if it is the one that this browser came back with."""
    kept = request.session.get(ARRIVAL)
    return waiting_arrival(kept) if kept and str(kept) == str(said) else None


def told_of(arrival: Arrival | None) -> dict[str, str]:
    """For a page: by which door she came, and how she calls herself there."""
    if arrival is None or arrival.who is None:
        return {}
    who = Outsider.from_text(arrival.who)
    there = door(who.door)
    label = there.label() if there else who.door
    return {"door": label, "name": who.name, WITH: str(arrival.pk)}


def tell_of_way_in(user: User, who: Outsider) -> None:
    """Whoever holds the phone hears that there is another way into the login behind it."""
    there = door(who.door)
    label = there.label() if there else who.door
    notify.text(user.phone, "accounts/way_in_added", within=TOLD_WITHIN, door=label)


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
