"""5,000 members claim 1,000 vouchers over HTTP, in strict order; beside two floors and a control that must oversell.

The floors ask the product's own statements and answer its bytes: as many claims as there are
vouchers, and "all are gone" to everybody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench import _giveaway as giveaway
from bench import _web, sliced
from bench._giveaway import AS_SERVED, Hall, Round
from bench._harness import Figure
from unionhall.domain.welfare.models import VoucherOffer
from unionhall.kernel.allotment.models import Claim

WITHOUT_THE_ROW = ("faults.planted:application", {"PLANTED": "read_then_write"})
CONTROL = 50, 200  # vouchers, members


@dataclass(frozen=True)
class Size:
    """How large a rush is."""

    people: int = 5_000
    vouchers: int = 1_000


def figures(rounds: int) -> Iterator[Figure]:
    """In strict order, then in slices."""
    yield from strict(rounds, Size())
    yield from sliced.figures(rounds)


def strict(rounds: int, size: Size) -> Iterator[Figure]:
    """Requests a second; how long they took; what went wrong; and that the row is what keeps it right."""
    with giveaway.a_hall("bench_rush", size.people) as hall:
        offer = hall.giveaway(size.vouchers)
        hall.keep(giveaway.recordings(offer, hall.sample, hall.crowd[0]))
        measured = [one_round(hall, offer) for _round in range(rounds)]
        yield from giveaway.told("rush", measured)
        yield Figure("rush_control_over", oversold(hall), "", at_least=1)


def short() -> Iterator[Figure]:
    """The same in seconds: nothing can be said of speed."""
    yield from strict(1, Size(people=200, vouchers=60))
    yield from sliced.short()


def one_round(hall: Hall, offer: VoucherOffer) -> Round:
    """The floors, then the product, each with nobody's claim before it."""
    names = ["gone", "claim"]
    vouchers = offer.pool.capacity
    speed = giveaway.floors(hall, offer, lambda nth: names[nth < vouchers])
    giveaway.start_anew(offer)
    requests = [(one, giveaway.claiming(offer, one)) for one in hall.crowd]
    with _web.served(giveaway.PRODUCT, how=AS_SERVED) as port:
        _web.warm(port, giveaway.looking(offer, hall.crowd[0]))
        answers = giveaway.asked(port, requests)
    verdict = giveaway.verdict(offer, answers, wanted=len(requests))
    return giveaway.a_round(speed, answers, verdict)


def oversold(hall: Hall) -> int:
    """How many too many are given out by a claim that looks and then writes."""
    vouchers, people = CONTROL
    offer = hall.giveaway(vouchers)
    application, planted = WITHOUT_THE_ROW
    requests = [(one, giveaway.claiming_anew(offer, one)) for one in hall.crowd[:people]]
    with _web.served(application, planted) as port:
        _web.warm(port, giveaway.looking(offer, hall.crowd[0]))
        giveaway.asked(port, requests)
    return max(0, Claim.objects.filter(pool=offer.pool_id).count() - vouchers)
