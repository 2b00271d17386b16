"""3,000 members start a quiz together, answer its ten questions and hand in, over HTTP.

The floors ask the same statements and answer the same bytes under the same server: ``bare`` without
a framework, ``plain`` as a Django view behind the product's middleware. Beside the ratio the
slowest request is told, and requests that were not answered as they should.
"""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client

from bench import _people, _recorded, _web
from bench._harness import Figure, database, medians
from bench._people import TOKEN, cookies_of
from bench._replayed import Person, Recording
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Admission, Attempt, Bank, Contest
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union

PEOPLE, QUESTIONS = 3_000, 10
ODD = 99_007_919  # so many passed before: a place is like no other number
SHARE_OF_BARE, SLOWEST_S = 0.35, 5.0
SEEN = 303, 302
STEM = "第 {nth} 题：可以临时用火。"
Deed = Callable[[_web.Line, Person], Awaitable[None]]


def figures(rounds: int) -> Iterator[Figure]:
    """Requests a second, beside bare; the slowest request; errors."""
    with database("bench_quiz"), tempfile.TemporaryDirectory() as name:
        contest = a_contest()
        _people.odd_ids()
        crowd = _people.signed_in(PEOPLE + 1, contest.union)
        Admission.objects.bulk_create(
            Admission(contest=contest, member_id=one["member"]) for one in crowd
        )
        *crowd, sample = crowd
        files = {"BENCH_RECORDINGS": f"{name}/recordings", "BENCH_PEOPLE": f"{name}/people"}
        _recorded.keep(recordings(contest, sample), Path(files["BENCH_RECORDINGS"]))
        _people.keep(crowd, Path(files["BENCH_PEOPLE"]))
        took = medians(rounds, lambda: one_round(contest, crowd, files))
    yield Figure("quiz", took["ours"], "/s", took["bare"], at_least=SHARE_OF_BARE)
    yield Figure("quiz_plain", took["ours"], "/s", took["plain"])
    yield Figure("quiz_slowest", took["slowest"], "s", goal=SLOWEST_S)
    yield Figure("quiz_errors", took["errors"], "", goal=0)


def a_contest() -> Contest:
    """Ten true-or-false questions of sixty; whoever answers all rightly passes."""
    union = tree.found("七号厂工会", parent=None, level=Union.Level.GRASSROOTS)
    rows = [
        "题型,题干,正确答案,分值",
        *(f"判断题,{STEM.format(nth=nth)},对,10" for nth in range(60)),
    ]
    quiz.import_questions(
        "\n".join(rows).encode(), name="题.csv", union=union, bank_name="题库", by=None
    )
    return Contest.objects.create(
        union=union, title="十题", bank=Bank.objects.get(), draw={"judge": [QUESTIONS, 10]},
        full_marks=100, pass_mark=100, minutes=30, state=Contest.State.PUBLISHED, passed=ODD,
    )  # fmt: skip


def recordings(contest: Contest, sample: Person) -> dict[str, Recording]:
    """What one member's way through the quiz asks of the database, request by request."""
    client = Client(SERVER_NAME="localhost")
    client.cookies.load(cookies_of(sample))
    made = {
        "start": _recorded.record(
            lambda: client.post(f"/quiz/{contest.pk}/start/"),
            sample,
            gives=lambda: {"attempt": Attempt.objects.get(member=sample["member"]).pk},
        )
    }
    sample = {**sample, "attempt": Attempt.objects.get(member=sample["member"]).pk}
    form = {"answer": "true", "seq": "0", "go": "next"}
    for at in range(1, QUESTIONS + 1):
        path = f"/quiz/attempts/{sample['attempt']}/{at}/"
        made[f"answer-{at}"] = _recorded.record(partial(client.post, path, form), sample)
    made["hand-in"] = _recorded.record(
        lambda: client.post(f"/quiz/attempts/{sample['attempt']}/hand-in/"), sample
    )
    assert {one.status for one in made.values()} <= set(SEEN), made
    return made


def one_round(contest: Contest, crowd: Sequence[Person], files: dict[str, str]) -> dict[str, float]:
    """Requests a second of the product and its floors, each with nobody's attempts before it."""
    took: dict[str, float] = {}
    for name, (application, more) in _web.FLOORS.items():
        with _web.served(application, files | more) as port:
            _web.warm(port, _web.request("GET", "/nothing/"))
            answers = rushed(port, crowd, floor_paths)
        took[name] = len(answers) / spent(answers)
        assert not errors_of(answers), answers[0]
        forget()
    with _web.served("unionhall.site.wsgi:application") as port:
        _web.warm(port, _web.request("GET", "/", cookies=cookies_of(crowd[0])))
        answers = rushed(port, crowd, lambda person, _nth: paths(contest, person))
    took |= {
        "ours": len(answers) / spent(answers),
        "slowest": max(one.took for one in answers),
        "errors": float(len(errors_of(answers))),
    }
    check(crowd)
    forget()
    return took


def rushed(
    port: int, crowd: Sequence[Person], paths_of: Callable[[Person, int], list[Any]]
) -> list[_web.Answer]:
    """Everybody starts; then everybody answers; then everybody hands in."""
    answers: list[_web.Answer] = []
    waiting = list(enumerate(crowd))

    def deed(step: int) -> Callable[[_web.Line, tuple[int, Person]], Awaitable[None]]:
        async def one(line: _web.Line, who: tuple[int, Person]) -> None:
            nth, person = who
            path, form = paths_of(person, nth)[step]
            sent = _web.request("POST", path, cookies=cookies_of(person), form=form)
            answers.append(answer := await line.ask(sent))
            if step == 0:
                person["at"] = answer.location

        return one

    for step in range(QUESTIONS + 2):
        _web.crowd(port, deed(step), waiting)
    return answers


def paths(contest: Contest, person: Person) -> list[tuple[str, dict[str, str]]]:
    """What her browser sends, step by step."""
    token = {"csrfmiddlewaretoken": TOKEN}
    at = str(person.get("at", ""))
    answer = token | {"answer": "true", "seq": "0", "go": "next"}
    return [
        (f"/quiz/{contest.pk}/start/", token),
        *((f"{at}{nth}/", answer) for nth in range(1, QUESTIONS + 1)),
        (f"{at}hand-in/", token),
    ]


def floor_paths(_person: Person, nth: int) -> list[tuple[str, dict[str, str]]]:
    """The same to a floor, by the names of the recordings."""
    names = ["start", *(f"answer-{at}" for at in range(1, QUESTIONS + 1)), "hand-in"]
    form = {"csrfmiddlewaretoken": TOKEN, "answer": "true", "seq": "0", "go": "next"}
    return [(f"/{name}/{nth}/", form) for name in names]


def spent(answers: Sequence[_web.Answer]) -> float:
    """Seconds from the first request to the last answer."""
    return max(one.ended for one in answers) - min(one.began for one in answers)


def errors_of(answers: Sequence[_web.Answer]) -> list[_web.Answer]:
    """Those that were not answered as they should."""
    return [one for one in answers if one.status not in SEEN]


def check(crowd: Sequence[Person]) -> None:
    """What was measured is worth nothing unless it is right: all passed, in places 1 to n."""
    attempts = Attempt.objects.filter(member__in=[one["member"] for one in crowd])
    places = [place for place in attempts.values_list("passed_as", flat=True) if place]
    assert len(set(places)) == len(crowd), "Somebody did not pass, or two have one place."
    assert max(places) - min(places) == len(crowd) - 1, "A place was left out."


def forget() -> None:
    """All attempts, for the next to begin as the first."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE quiz_attempt, quiz_answer CASCADE")
