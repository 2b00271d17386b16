"""The doors under a crowd: who has a phone here cannot be told by time, a flood sends one text, a factory gets in.

``doors_known``: a code is asked for by turns for a phone with a login and for one without, each through the whole page;
the medians of both, and the probability that chance alone makes them differ as they do (Mann and Whitney's test).
"""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection
from django.test import Client

from bench._harness import Figure, database
from unionhall.base.errors import Refused
from unionhall.kernel.notify import actions as notify
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import SignInCode, User

AT_ONCE = 20
WITHIN_MS = 5.0
SENT = 302
BY_CHANCE = 0.01
AGREED = {"privacy": "on"}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Size:
    """``asks`` of each kind; ``addresses`` that flood one phone; ``workers`` of one factory."""

    asks: int = 2_000
    addresses: int = 1_000
    workers: int = 3_000


def figures(_rounds: int, size: Size | None = None) -> Iterator[Figure]:
    """Once: of two thousand asks the median is steady."""
    size = size or Size()
    with database("bench_doors"):
        yield from told_apart(size.asks)
        yield from flooded(size.addresses)
        yield from factory(size.workers)


def short() -> Iterator[Figure]:
    """The same with few."""
    return figures(1, Size(40, 40, 60))


def told_apart(asks: int) -> Iterator[Figure]:
    """Milliseconds of a known and of an unknown phone, by turns."""
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    logins = [User.objects.create_user(a_phone()).phone for _nth in range(asks)]
    asked("warm", a_phone())
    for nth, login in enumerate(logins):
        place = f"198.51.{nth // 250}.{nth % 250}"
        pair = [("known", login), ("unknown", a_phone())]
        for kind, phone in pair if nth % 2 else reversed(pair):
            took[kind].append(asked(place, phone))
    known, unknown = (statistics.median(took[kind]) for kind in ("known", "unknown"))
    yield Figure("doors_known", known, "ms", unknown)
    yield Figure("doors_apart", abs(known - unknown), "ms", goal=WITHIN_MS)
    yield Figure(
        "doors_by_chance", by_chance(took["known"], took["unknown"]), "p", at_least=BY_CHANCE
    )


def asked(place: str, phone: str) -> float:
    """Milliseconds of the answer to one who asks for a code."""
    browser = Client(SERVER_NAME="localhost", REMOTE_ADDR=place)
    begin = time.perf_counter()
    answer = browser.post("/sign-in/", {"phone": phone, **AGREED})
    took = (time.perf_counter() - begin) * 1000
    assert answer.status_code == SENT, answer.status_code
    return took


def by_chance(some: list[float], others: list[float]) -> float:
    """Two-sided p of the rank-sum test, by its normal approximation; times hardly ever tie."""
    ranked = sorted([(one, 0) for one in some] + [(one, 1) for one in others])
    ranks = sum(place for place, (_took, kind) in enumerate(ranked, 1) if kind == 0)
    here, there = len(some), len(others)
    mean = here * (here + there + 1) / 2
    spread = math.sqrt(here * there * (here + there + 1) / 12)
    return math.erfc(abs(ranks - mean) / spread / math.sqrt(2))


def flooded(addresses: int) -> Iterator[Figure]:
    """A thousand addresses ask for one phone: one text."""
    phone = a_phone()
    told = outcomes(
        [lambda nth=nth: ask(phone, f"203.0.{nth // 250}.{nth % 250}") for nth in range(addresses)]
    )
    yield Figure("doors_flood_sent", told["sent"], "", goal=1, at_least=1)
    yield Figure("doors_flood_held", told["too_many_tries"], "", at_least=addresses - 1)


def factory(workers: int) -> Iterator[Figure]:
    """Everybody of a factory asks from its one address, and types her code."""
    asked_for = outcomes([lambda: come_in("203.0.113.200") for _nth in range(workers)])
    yield Figure("doors_factory_in", asked_for["sent"], "", at_least=workers)
    yield Figure("doors_factory_out", workers - asked_for["sent"], "", goal=0)
    used = SignInCode.objects.filter(used_at__isnull=False).count()
    yield Figure("doors_factory_used", used, "", at_least=workers)


def ask(phone: str, place: str) -> accounts.Asked:
    made = accounts.ask_code(phone, asked_from=place)
    notify.text(phone, "accounts/sign_in_code", code=made.code)
    return made


def come_in(place: str) -> None:
    made = ask(a_phone(), place)
    accounts.sign_in(made.ask.pk, made.code, consents=("privacy",))


def outcomes(deeds: list[Callable[[], object]]) -> Counter[str]:
    """Twenty at a time; how each ended."""

    def do(deed: Callable[[], object]) -> str:
        try:
            deed()
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()
        return "sent"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(do, deeds))


def a_phone() -> str:
    return f"1990{next(_numbers):07}"
