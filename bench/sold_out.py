"""The answer when all are gone: 5,000 members press too late, each told so from memory and by one look at her own."""

from __future__ import annotations

from collections.abc import Iterator

from bench import _giveaway as giveaway
from bench import _web
from bench._giveaway import AS_SERVED, NO, Hall, Round
from bench._harness import Figure
from unionhall.domain.welfare.models import VoucherOffer

PEOPLE, A_FEW = 5_000, 200


def figures(rounds: int, people: int = PEOPLE) -> Iterator[Figure]:
    """Answers a second; how long they took; what went wrong."""
    with giveaway.a_hall("bench_sold_out", people) as hall:
        offer = hall.giveaway(1)
        hall.keep(giveaway.recordings(offer, hall.sample, hall.crowd[0]))
        yield from giveaway.told("sold_out", [one_round(hall, offer) for _round in range(rounds)])


def short() -> Iterator[Figure]:
    """The same in seconds."""
    return figures(1, A_FEW)


def one_round(hall: Hall, offer: VoucherOffer) -> Round:
    """The floors, then the product: one has the only voucher, and the others hear that it is gone."""
    speed = giveaway.floors(hall, offer, lambda _nth: "gone")
    giveaway.start_anew(offer)
    first = [(hall.sample, giveaway.claiming(offer, hall.sample))]
    with _web.served(giveaway.PRODUCT, how=AS_SERVED) as port:
        before = giveaway.asked(port, first, lines=1)
        _web.warm(port, giveaway.looking(offer, hall.crowd[0]))
        answers = giveaway.asked(port, [(one, giveaway.claiming(offer, one)) for one in hall.crowd])
    assert {answer.status for _one, answer in answers} <= {NO, 0}, answers[0]
    verdict = giveaway.verdict(offer, before + answers, wanted=len(answers) + 1)
    return giveaway.a_round(speed, answers, verdict)
