"""5,000 members claim 1,000 vouchers over HTTP, in strict order; beside two floors and a control that must oversell.

The floors ask the product's own statements and answer its bytes: as many claims as there are
vouchers, and "all are gone" to everybody else.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields

from bench import _giveaway as giveaway
from bench import _web
from bench._giveaway import Hall, Verdict
from bench._harness import Figure
from unionhall.domain.welfare.models import VoucherOffer
from unionhall.kernel.allotment.models import Claim

SHARE_OF_BARE, TIMES_PLAIN = 0.35, 1.2
WITHOUT_THE_ROW = ("faults.planted:application", {"PLANTED": "read_then_write"})
CONTROL = 50, 200  # vouchers, members


@dataclass(frozen=True)
class Size:
    """How large a rush is."""

    people: int = 5_000
    vouchers: int = 1_000


@dataclass(frozen=True)
class Round:
    """Requests a second of ours and of the floors; milliseconds by percent; what must be 0."""

    speed: dict[str, float]
    within: dict[int, float]
    verdict: Verdict


def figures(rounds: int, size: Size | None = None) -> Iterator[Figure]:
    """Requests a second; how long they took; what went wrong; and that the row is what keeps it right."""
    size = size or Size()
    with giveaway.a_hall("bench_rush", size.people) as hall:
        offer = hall.giveaway(size.vouchers)
        hall.keep(giveaway.recordings(offer, hall.sample, hall.crowd[0]))
        measured = [one_round(hall, offer) for _round in range(rounds)]
        yield from told("rush", measured)
        yield Figure("rush_control_over", oversold(hall), "", at_least=1)


def short() -> Iterator[Figure]:
    """The same in seconds: nothing can be said of speed."""
    return figures(1, Size(people=200, vouchers=60))


def one_round(hall: Hall, offer: VoucherOffer) -> Round:
    """The floors, then the product, each with nobody's claim before it."""
    names = ["gone", "claim"]
    vouchers = offer.pool.capacity
    speed = giveaway.floors(hall, offer, lambda nth: names[nth < vouchers])
    giveaway.start_anew(offer)
    requests = [(one, giveaway.claiming(offer, one)) for one in hall.crowd]
    with _web.served(giveaway.PRODUCT) as port:
        _web.warm(port, giveaway.looking(offer, hall.crowd[0]))
        answers = giveaway.asked(port, requests)
    speed["ours"] = len(answers) / giveaway.spent(answers)
    within = _web.percentiles([answer for _one, answer in answers])
    return Round(speed, within, giveaway.verdict(offer, answers, wanted=len(requests)))


def told(name: str, measured: list[Round]) -> Iterator[Figure]:
    """Medians of what was measured; of what must never be, all."""
    speed = {of: statistics.median(one.speed[of] for one in measured) for of in measured[0].speed}
    yield Figure(name, speed["ours"], "/s", speed["bare"], at_least=SHARE_OF_BARE)
    yield Figure(f"{name}_plain", speed["ours"], "/s", speed["plain"], at_least=TIMES_PLAIN)
    for percent in measured[0].within:
        value = statistics.median(one.within[percent] for one in measured)
        yield Figure(f"{name}_p{percent}", value, "ms")
    sums = map(sum, zip(*(astuple(one.verdict) for one in measured), strict=True))
    for field, count in zip(fields(Verdict), sums, strict=True):
        yield Figure(f"{name}_{field.name}", count, "", goal=0)


def oversold(hall: Hall) -> int:
    """How many too many are given out by a claim that looks and then writes."""
    vouchers, people = CONTROL
    offer = hall.giveaway(vouchers)
    application, planted = WITHOUT_THE_ROW
    requests = [(one, giveaway.claiming(offer, one)) for one in hall.crowd[:people]]
    with _web.served(application, planted) as port:
        _web.warm(port, giveaway.looking(offer, hall.crowd[0]))
        giveaway.asked(port, requests)
    return max(0, Claim.objects.filter(pool=offer.pool_id).count() - vouchers)
