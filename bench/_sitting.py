"""A contest, the crowd that sits it over HTTP, and what must be true behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from django.db import connection
from django.test import RequestFactory

from bench import _people, _recorded, _web
from bench._people import TOKEN
from bench._replayed import Person, Recording
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Admission, Answer, Attempt, Bank, Contest
from unionhall.domain.quiz.queries.known import known
from unionhall.kernel.audience.rules import Audience
from unionhall.people.accounts.models import User
from unionhall.people.members.queries.door import door_cookie
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union
from unionhall.site.audit import INVARIANTS, audit
from unionhall.site.turns import THREADS

QUESTIONS, POINTS = 10, 10
START, *ANSWERS, HAND_IN = range(QUESTIONS + 2)  # the steps of one sitting
AS_SERVED = _web.Serving(threads=THREADS)  # as ``manage.py serve`` does
ODD = 99_007_919  # so many passed before: a place is like no other number
STEM = "第 {nth} 题：可以临时用火。"
SENT_ON = 303, 302
GIVEN = ["true"]  # to every question, and right

Step = Callable[[Person, int, int], bytes]  # a person, her number in the crowd, the step -> bytes


def a_contest() -> Contest:
    """Ten true-or-false questions of sixty, for the members of one union; whoever answers all rightly passes."""
    union = tree.found("七号厂工会", parent=None, level=Union.Level.GRASSROOTS)
    lines = [f"判断题,{STEM.format(nth=nth)},对,{POINTS}" for nth in range(60)]
    text = "\n".join(["题型,题干,正确答案,分值", *lines])
    quiz.import_questions(text.encode(), name="题.csv", union=union, bank_name="题库", by=None)
    return Contest.objects.create(
        union=union, title="十题", bank=Bank.objects.get(), draw={"judge": [QUESTIONS, POINTS]},
        full_marks=QUESTIONS * POINTS, pass_mark=QUESTIONS * POINTS, minutes=30, passed=0,
        state=Contest.State.PUBLISHED, audience=Audience(under_union=union.pk),
    )  # fmt: skip


def a_crowd(number: int, contest: Contest) -> list[Person]:
    """Members who were let in to it, and have its page open."""
    _people.odd_ids()
    crowd = _people.signed_in(number, contest.union)
    for one in crowd:
        one["door"] = door_cookie(one["session"], User(pk=one["user"], password=""))
    Admission.objects.bulk_create(
        Admission(contest=contest, member_id=one["member"]) for one in crowd
    )
    return crowd


# == What is asked ==
def cookies_of(person: Person) -> str:
    """As her browser sends them."""
    return f"{_people.cookies_of(person)}; door={person['door']}"


def asking_ours(contest: Contest, person: Person, _nth: int, step: int) -> bytes:
    """What her browser sends."""
    at = str(person.get("at", ""))
    tail = "hand-in/" if step == HAND_IN else f"{step}/"
    path = f"/quiz/{contest.pk}/start/" if step == START else f"{at}{tail}"
    return _web.request("POST", path, cookies=cookies_of(person), form=form_of(step))


def asking_floor(person: Person, nth: int, step: int) -> bytes:
    """The same to a floor, by the name of the recording."""
    return _web.request(
        "POST", f"/{name_of(step)}/{nth}/", cookies=cookies_of(person), form=form_of(step)
    )


def name_of(step: int) -> str:
    """Of a recording."""
    return {START: "start", HAND_IN: "hand-in"}.get(step, f"answer-{step}")


def form_of(step: int) -> dict[str, str]:
    """What the page's form has in it."""
    token = {"csrfmiddlewaretoken": TOKEN}
    return token | ({"answer": GIVEN[0], "seq": "0", "go": "next"} if step in ANSWERS else {})


def stepped(
    port: int, asking: Step, crowd: Mapping[int, Person], step: int, *, lines: int = 64
) -> list[_web.Answer]:
    """Everybody of the crowd (by number) does one step, over so many connections at a time."""
    answers: list[_web.Answer] = []

    async def deed(line: _web.Line, who: tuple[int, Person]) -> None:
        nth, person = who
        answers.append(answer := await line.ask(asking(person, nth, step)))
        if step == START:
            person["at"] = answer.location

    deed_of_all: Callable[[_web.Line, tuple[int, Person]], Awaitable[None]] = deed
    _web.crowd(port, deed_of_all, list(crowd.items()), lines=lines)
    return answers


def sat(port: int, asking: Step, crowd: Mapping[int, Person]) -> list[_web.Answer]:
    """The whole way, step by step."""
    steps = range(QUESTIONS + 2)
    return [one for step in steps for one in stepped(port, asking, crowd, step)]


# == What the floors ask again ==
def recordings(contest: Contest, sample: Person, other: Person) -> dict[str, Recording]:
    """One sitting, request by request, as the served application answers while others sit, too: ``other`` went before."""
    _recorded_sitting(contest, other)
    Contest.objects.filter(pk=contest.pk).update(passed=ODD)
    made = _recorded_sitting(contest, sample)
    assert {one.status for one in made.values()} <= set(SENT_ON), made
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE quiz_attempt, quiz_answer CASCADE")
    Contest.objects.filter(pk=contest.pk).update(passed=0)
    return made


def _recorded_sitting(contest: Contest, person: Person) -> dict[str, Recording]:
    known(contest.pk)  # as it is, for whoever was here within this second
    mine = {name: value for name, value in person.items() if name != "at"}
    first = _recorded_step(contest, mine, START, gives=lambda: {"attempt": _attempt(mine).pk})
    attempt = _attempt(mine)
    mine |= {"attempt": attempt.pk}
    made, where = {name_of(START): first}, {**mine, "at": f"/quiz/attempts/{attempt.pk}/"}
    for step in (*ANSWERS, HAND_IN):
        made[name_of(step)] = _recorded_step(contest, where, step)
    return made


def _attempt(person: Person) -> Attempt:
    return Attempt.objects.get(member=person["member"])


def _recorded_step(
    contest: Contest,
    person: Person,
    step: int,
    gives: Callable[[], Mapping[str, int]] = dict,
) -> Recording:
    from unionhall.site.wsgi import application  # noqa: PLC0415 — it sets Django up

    path = asking_ours(contest, person, 0, step).split(b" ", 2)[1].decode()
    request = RequestFactory(SERVER_NAME="localhost").post(
        path,
        urlencode(form_of(step)),
        content_type="application/x-www-form-urlencoded",
        headers={"Accept": "text/html", "Cookie": cookies_of(person)},
    )
    return _recorded.record(partial(_recorded.through, application, request), person, gives)


def keep(made: Mapping[str, Recording], crowd: Sequence[Person], folder: Path) -> dict[str, str]:
    """For the floors, which are other processes: the names of variables, and where they find it."""
    files = {"BENCH_RECORDINGS": folder / "recordings", "BENCH_PEOPLE": folder / "people"}
    _recorded.keep(made, files["BENCH_RECORDINGS"])
    _people.keep(crowd, files["BENCH_PEOPLE"])
    return {variable: str(path) for variable, path in files.items()}


# == What must be true behind it ==
def is_odd(answer: _web.Answer) -> bool:
    """Not answered as it should be: with the address of the next page."""
    return answer.status not in SENT_ON


@dataclass(frozen=True)
class Verdict:
    """Each is how many; 0 is right for all."""

    errors: int  # requests that were not answered as they should
    unsat: int  # members without exactly one paper that was handed in
    lost: int  # answers that were acknowledged and are not there as they were given
    misjudged: int  # papers with another score than what was acknowledged is worth
    misplaced: int  # places left out or given twice
    broken: int  # sentences of the audit


def verdict(contest: Contest, crowd: Sequence[Person], answers: Sequence[_web.Answer]) -> Verdict:
    """Of a sitting in which everybody gave the right answer to every question, and nobody else took part."""
    handed_in = Attempt.objects.filter(contest=contest, state=Attempt.State.HANDED_IN)
    papers = {one.member_id: one for one in handed_in}
    sitters = [papers.get(one["member"]) for one in crowd]
    stored = Answer.objects.filter(attempt__in=handed_in, given=GIVEN).count()
    places = sorted(one.passed_as or 0 for one in papers.values())
    full = QUESTIONS * POINTS
    return Verdict(
        errors=sum(map(is_odd, answers)),
        unsat=sitters.count(None) + abs(handed_in.count() - len(crowd)),
        lost=len(crowd) * QUESTIONS - stored,
        misjudged=sum(one is not None and one.score != full for one in sitters),
        misplaced=sum(place != nth for nth, place in enumerate(places, start=1)),
        broken=sum(bool(offenders) for _sentence, offenders in audit(INVARIANTS)),
    )
