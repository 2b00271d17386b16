"""3,000 members start a quiz together, answer its ten questions and hand in, over HTTP.

The floors ask the product's own statements and answer its bytes under the same server, each upon a
database of its own: ``bare`` without a framework, ``plain`` as a Django view behind the product's
middleware. All three servers stand side by side, and take turns step by step, so that whatever
else the machine does meets them alike; who begins changes with each turn. Starts are made by all
at once; what follows is measured in rounds, each of them another part of the crowd.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass, field, fields
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import _sitting as sitting
from bench import _web
from bench._harness import Figure, database
from bench._replayed import Person
from bench._sitting import ANSWERS, HAND_IN, START, Step, Verdict
from unionhall.domain.quiz.models import Contest

PEOPLE, SHARE_OF_BARE, SLOWEST_S = 3_000, 0.35, 5.0
WARMING = 16  # so many go before, for what a process loads once
CONTROL = 20
FEWER = 6  # of the crowd every sixth shows the pace of a floor
HERE, PRODUCT = "bench_quiz", "unionhall.site.wsgi:application"
FORGETFUL = ("faults.planted:application", {"PLANTED": "forgets_answers"})


@dataclass
class Runner:
    """One of the three: where it listens, how it is asked, what its crowd was answered, step by step."""

    port: int
    asking: Step
    crowd: list[Person]
    every: int = 1  # of those who go on only each so-manieth goes on here: a pace shows with fewer
    answers: list[_web.Answer] = field(default_factory=list)

    def turn(self, numbers: range, step: int) -> float:
        """Seconds until these of its crowd have done this step, or would have at the pace of those who did."""
        numbers_here = numbers if step == START else numbers[:: self.every]
        theirs = {nth: self.crowd[nth] for nth in numbers_here}
        answers = sitting.stepped(self.port, self.asking, theirs, step)
        self.answers += answers
        spent = max(one.ended for one in answers) - min(one.began for one in answers)
        return spent * len(numbers) / len(theirs)


def figures(rounds: int, people: int = PEOPLE) -> Iterator[Figure]:
    """Requests a second, beside the floors; the start; the slowest request; what went wrong."""
    with database(HERE), TemporaryDirectory() as folder:
        contest = sitting.a_contest()
        *crowd, sample, other = sitting.a_crowd(WARMING + people + 2, contest)
        made = sitting.recordings(contest, sample, other)
        files = sitting.keep(made, crowd, Path(folder))
        with the_three(contest, crowd, files) as three:
            starts, speeds = measured(three, rounds, people)
            verdict = sitting.verdict(contest, crowd, three["ours"].answers)
        odd = [one for name in _web.FLOORS for one in three[name].answers if sitting.is_odd(one)]
        assert not odd, odd[0]
        measured_answers = three["ours"].answers[-people * (HAND_IN + 1) :]
        yield from told(starts, speeds, measured_answers)
        yield from (
            Figure(f"quiz_{one.name}", count, "", goal=0)
            for one, count in zip(fields(Verdict), astuple(verdict), strict=True)
        )
        yield Figure("quiz_control_lost", forgotten(contest, crowd[:CONTROL]), "", at_least=1)


def short() -> Iterator[Figure]:
    """The same in seconds: nothing can be said of speed."""
    return figures(1, people=40)


@contextmanager
def the_three(
    contest: Contest, crowd: list[Person], files: Mapping[str, str]
) -> Iterator[dict[str, Runner]]:
    """Ours and the floors, each upon a copy of what was prepared; inside, Django asks that of ours."""
    with ExitStack() as open_:
        three = {}
        for name, (application, more) in (*_web.FLOORS.items(), ("ours", (PRODUCT, {}))):
            open_.enter_context(database(f"{HERE}_{name}", like=HERE))
            asking: Step = sitting.asking_floor
            how, every = None, FEWER  # floors are best off without a line
            if name == "ours":
                asking, how = partial(sitting.asking_ours, contest), sitting.AS_SERVED
                every = 1
            served = _web.served(application, {**files, **more}, how=how)
            port = open_.enter_context(served)
            three[name] = Runner(port, asking, [dict(one) for one in crowd], every)
        yield three


def measured(
    three: Mapping[str, Runner], rounds: int, people: int
) -> tuple[dict[str, float], list[dict[str, float]]]:
    """Seconds until all have started; and of each round, requests a second from the start to the hand-in."""
    for one in three.values():
        for step in (START, *ANSWERS, HAND_IN):
            one.turn(range(WARMING), step)
    everybody = range(WARMING, WARMING + people)
    starts = {name: one.turn(everybody, START) for name, one in three.items()}
    speeds = []
    for numbers in (everybody[nth::rounds] for nth in range(rounds)):
        spent = {name: starts[name] * len(numbers) / people for name in three}
        for step in (*ANSWERS, HAND_IN):
            for name in order(three, step):
                spent[name] += three[name].turn(numbers, step)
        requests = len(numbers) * (HAND_IN + 1)
        speeds.append({name: requests / seconds for name, seconds in spent.items()})
        sys.stderr.write(f"round {len(speeds)}: {in_words(speeds[-1])}\n")
    return starts, speeds


def in_words(speed: Mapping[str, float]) -> str:
    """Of one round, as it ends: a run that is broken off has told something."""
    return ", ".join(f"{name} {each:.0f}/s" for name, each in speed.items())


def order(three: Mapping[str, Runner], turn: int) -> list[str]:
    """Who goes first in this turn, second and third."""
    names = list(three)
    return names[turn % len(names) :] + names[: turn % len(names)]


def told(
    starts: Mapping[str, float],
    speeds: Sequence[Mapping[str, float]],
    answers: Sequence[_web.Answer],
) -> Iterator[Figure]:
    """Medians of the rounds."""
    speed = {name: statistics.median(one[name] for one in speeds) for name in starts}
    yield Figure("quiz", speed["ours"], "/s", speed["bare"], at_least=SHARE_OF_BARE)
    yield Figure("quiz_plain", speed["ours"], "/s", speed["plain"])
    yield Figure("quiz_all_started", starts["ours"], "s", starts["bare"])
    for percent, within in _web.percentiles(answers).items():
        yield Figure(f"quiz_p{percent}", within, "ms")
    yield Figure("quiz_slowest", max(one.took for one in answers), "s", goal=SLOWEST_S)


def forgotten(contest: Contest, crowd: list[Person]) -> int:
    """The control: how many answers the outcome misses where some are acknowledged and not stored."""
    application, planted = FORGETFUL
    with database(f"{HERE}_control", like=HERE):
        with _web.served(application, planted) as port:
            asking = partial(sitting.asking_ours, contest)
            answers = sitting.sat(port, asking, dict(enumerate(crowd)))
        return sitting.verdict(contest, crowd, answers).lost
