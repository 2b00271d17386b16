"""Ten times as many people for a minute: who is taken in is served as ever, and the others are told when to come back.

Everybody claims one voucher after the other, over a connection of her own. Who is told to come back
waits as long as she was told, and asks again. Then it is as many as before, and should be as fast.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench import _giveaway as giveaway
from bench import _web
from bench._giveaway import AS_SERVED, GIVEN, NO, Answers
from bench._harness import Figure
from bench._replayed import Person

BUSY = 503
WITHIN, TOLD_MS, BACK_S = 2.0, 300.0, 30.0
A_LOOK_S = 5.0
NEARLY = 1.25  # times the percentile of before: back to it, as far as looks of seconds can tell
SLOW = 95


@dataclass(frozen=True)
class Size:
    """``lines`` people at once, then ``times`` as many; seconds of each part."""

    people: int = 2_000
    giveaways: int = 20
    lines: int = 64
    times: int = 10
    before: float = 15.0
    during: float = 60.0
    after: float = 40.0


def figures(_rounds: int, size: Size | None = None) -> Iterator[Figure]:
    """Once: it is a matter of minutes."""
    size = size or Size()
    with giveaway.a_hall("bench_overload", size.people) as hall:
        offers = [hall.giveaway(size.people) for _nth in range(size.giveaways)]
        claims = itertools.cycle(
            (one, giveaway.claiming_anew(offer, one)) for offer in offers for one in hall.crowd
        )
        with _web.served(giveaway.PRODUCT, how=AS_SERVED) as port:
            _web.warm(port, giveaway.looking(offers[0], hall.sample))
            before = load(port, claims, size.lines, size.before)
            during = load(port, claims, size.lines * size.times, size.during)
            after = load(port, claims, size.lines, size.after)
        yield from told(before, during, after)
        yield Figure("overload_broken", giveaway.broken(), "", goal=0)


def short() -> Iterator[Figure]:
    """The same in seconds."""
    return figures(1, Size(60, 4, lines=16, before=1, during=3, after=1))


def told(before: Answers, during: Answers, after: Answers) -> Iterator[Figure]:
    """What was taken in beside the same before; what was not; when it is as before again."""
    base, taken = (slow([a for _, a in some if a.status != BUSY]) for some in (before, during))
    refused = [answer for _one, answer in during if answer.status == BUSY]
    yield Figure("overload_accepted", per_second(during), "/s", per_second(before))
    yield Figure("overload_p95", taken, "ms", base, goal=WITHIN)
    yield Figure("overload_refused", len(refused), "", at_least=1)
    for percent, within in _web.percentiles(refused).items() if refused else ():
        yield Figure(f"overload_told_p{percent}", within, "ms", goal=TOLD_MS)
    yield Figure("overload_back", back_after(after, base), "s", goal=BACK_S)
    everything = before + during + after
    odd = sum(answer.status not in {GIVEN, NO, BUSY} for _one, answer in everything)
    yield Figure("overload_errors", odd, "", goal=0)


def load(port: int, claims: Iterator[tuple[Person, bytes]], lines: int, seconds: float) -> Answers:
    """So many people at once, for so long."""
    until = time.perf_counter() + seconds
    answers: Answers = []

    async def until_answered(line: _web.Line, one: tuple[Person, bytes]) -> None:
        person, sent = one
        answer = await line.ask(sent)
        answers.append((person, answer))
        while answer.status == BUSY and (left := until - time.perf_counter()) > 0:
            await asyncio.sleep(min(answer.again, left))
            if answer.again < left:
                answer = await line.ask(sent)
                answers.append((person, answer))

    _web.crowd(
        port,
        until_answered,
        itertools.takewhile(lambda _one: time.perf_counter() < until, claims),
        lines=lines,
    )
    return answers


def slow(answers: list[_web.Answer]) -> float:
    """Milliseconds within which nearly all were answered."""
    return _web.percentiles(answers)[SLOW]


def per_second(answers: Answers) -> float:
    """Of those that were taken in."""
    return sum(answer.status != BUSY for _one, answer in answers) / giveaway.spent(answers)


def back_after(answers: Answers, base: float) -> float:
    """Seconds until a look of a few seconds finds nearly the percentile of before."""
    began = min(answer.began for _one, answer in answers)
    spans: dict[int, list[_web.Answer]] = {}
    for _one, answer in answers:
        spans.setdefault(int((answer.began - began) // A_LOOK_S), []).append(answer)
    for nth, some in sorted(spans.items()):
        if slow(some) <= base * NEARLY:
            return nth * A_LOOK_S
    return float("inf")
