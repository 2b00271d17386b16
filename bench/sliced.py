"""``bin/bench rush --sliced``: 20,000 claims on a pool of 100,000 in slices, beside the same on one row; then the last ones.

How many wait for the pool's rows is asked of the database again and again while both go on. They
take turns, strict, sliced, sliced, strict, so that what is older is not slower for its age.
"""

from __future__ import annotations

import statistics
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from django.db import connection

from bench import _giveaway as giveaway
from bench import _web
from bench._giveaway import AS_SERVED, Answers
from bench._harness import Figure
from bench._replayed import Person
from unionhall.domain.welfare.models import VoucherOffer

EVERY_S = 0.01
SHARE_OF_WAITS = 0.25
WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%allotment_pool%'
"""


@dataclass(frozen=True)
class Size:
    """``people`` claim of a stock that lasts; then the first ``late`` of them the ``last``."""

    people: int = 20_000
    stock: int = 100_000
    late: int = 5_000
    last: int = 1_000


@dataclass
class Going:
    """One giveaway while it goes on; ``waiting``: how many, each time somebody looked."""

    offer: VoucherOffer
    answers: Answers = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def speed(self) -> float:
        """Claims a second."""
        return len(self.answers) / self.seconds


def figures(_rounds: int, size: Size | None = None) -> Iterator[Figure]:
    """Each is done once, for it is long; the turns stand for rounds."""
    size = size or Size()
    with giveaway.a_hall("bench_sliced", size.people) as hall:
        strict, sliced = (
            Going(hall.giveaway(size.stock, any_order=any_order)) for any_order in (False, True)
        )
        last = Going(hall.giveaway(size.last, any_order=True))
        half = size.people // 2
        with _web.served(giveaway.PRODUCT, how=AS_SERVED) as port:
            _web.warm(port, giveaway.looking(last.offer, hall.sample))
            for going, some in (
                (strict, hall.crowd[:half]),
                (sliced, hall.crowd[:half]),
                (sliced, hall.crowd[half:]),
                (strict, hall.crowd[half:]),
                (last, hall.crowd[: size.late]),
            ):
                claim(port, going, some)
        yield from told(strict, sliced, last)


def short() -> Iterator[Figure]:
    """The same in seconds."""
    return figures(1, Size(people=200, stock=1_000, late=200, last=60))


def told(strict: Going, sliced: Going, last: Going) -> Iterator[Figure]:
    """Beside the strict one, and what must be 0 of both sliced ones."""
    yield Figure("sliced", sliced.speed, "/s", strict.speed, at_least=1.0)
    waits, floor = (statistics.fmean(one.waiting or [0]) for one in (sliced, strict))
    yield Figure("sliced_waits", waits, "w", floor, goal=SHARE_OF_WAITS)
    for percent, within in _web.percentiles([answer for _one, answer in sliced.answers]).items():
        yield Figure(f"sliced_p{percent}", within, "ms")
    for name, going in (("sliced", sliced), ("sliced_last", last)):
        wanted = len({person["member"] for person, _answer in going.answers})
        verdict = giveaway.verdict(going.offer, going.answers, wanted=wanted)
        yield from giveaway.what_must_be_0(name, [verdict])


def claim(port: int, going: Going, crowd: Sequence[Person]) -> None:
    """Everybody of the crowd, under a key of its own for each giveaway."""
    requests = [(one, giveaway.claiming_anew(going.offer, one)) for one in crowd]
    with watched(going.waiting):
        answers = giveaway.asked(port, requests)
    going.answers += answers
    going.seconds += giveaway.spent(answers)


@contextmanager
def watched(waiting: list[int]) -> Iterator[None]:
    """Look how many wait, until the block ends."""
    params = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        params.pop(name, None)
    ended = threading.Event()

    def look() -> None:
        with psycopg.connect(**params, autocommit=True) as database:
            while not ended.wait(EVERY_S):
                waiting.append(database.execute(WAITING).fetchone()[0])

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
