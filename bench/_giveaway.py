"""A giveaway, the crowd that claims from it over HTTP, and what must be true behind each rush."""

from __future__ import annotations

import json
import statistics
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias
from unittest.mock import patch
from urllib.parse import urlencode

from django.db import connection
from django.test import RequestFactory

from bench import _people, _recorded, _web
from bench._harness import Figure, database
from bench._people import TOKEN
from bench._replayed import Person, Recording
from tests.people import a_login
from tests.world import a_giveaway
from unionhall.base.replay.rules import new_key
from unionhall.domain.welfare import actions as welfare
from unionhall.domain.welfare.models import VoucherOffer
from unionhall.domain.welfare.queries import forget, known
from unionhall.kernel.allotment import rules
from unionhall.kernel.allotment.models import Claim, Pool
from unionhall.people.accounts.models import User
from unionhall.people.members.queries.door import door_cookie
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union
from unionhall.site.audit import INVARIANTS, audit
from unionhall.site.turns import THREADS

Answers: TypeAlias = "list[tuple[Person, _web.Answer]]"

GIVEN, NO = 200, 409
SHARE_OF_BARE, TIMES_PLAIN = 0.35, 1.2
AS_SERVED = _web.Serving(
    threads=THREADS
)  # as ``manage.py serve`` does; floors are best off without a line
JSON = "application/json"
PRODUCT = "unionhall.site.wsgi:application"
FORGOTTEN = """
    DO $$ BEGIN
        ALTER TABLE ledger_entry DISABLE TRIGGER ledger_refuses_truncate;
        TRUNCATE allotment_claim, replay_seen, ledger_entry CASCADE;
        ALTER TABLE ledger_entry ENABLE TRIGGER ledger_refuses_truncate;
        UPDATE allotment_pool SET taken = 0, handed_out = 0;
        UPDATE allotment_pool_slice SET taken = 0, handed_out = 0;
    END $$
"""
BROKEN_ORDER = """
    SELECT count(*) FROM (
        SELECT pg_xact_commit_timestamp(xmin) AS at,
            lag(pg_xact_commit_timestamp(xmin)) OVER (ORDER BY place) AS before
        FROM allotment_claim WHERE pool_id = %s
    ) AS line WHERE at < before
"""


@dataclass(frozen=True)
class Hall:
    """Who claims what; ``files`` is what the floors are told in their environment."""

    union: Union
    officer: User
    crowd: list[Person]
    sample: Person
    folder: Path

    @property
    def files(self) -> dict[str, str]:
        """Names of variables, and where the floors find it."""
        names = {"BENCH_RECORDINGS": "recordings", "BENCH_PEOPLE": "people"}
        return {variable: str(self.folder / name) for variable, name in names.items()}

    def giveaway(self, capacity: int, *, any_order: bool = False) -> VoucherOffer:
        """Open since five minutes ago, to all of the crowd."""
        shop = welfare.register_merchant(
            by=self.officer, union=self.union, name=f"电影院 {new_key()}", address="柳溪路 1 号"
        )
        return a_giveaway(
            self.union, officer=self.officer, merchant=shop, capacity=capacity, any_order=any_order
        )

    def keep(self, recordings: dict[str, Recording]) -> None:
        """For the floors, which are other processes."""
        _recorded.keep(recordings, Path(self.files["BENCH_RECORDINGS"]))
        _people.keep(self.crowd, Path(self.files["BENCH_PEOPLE"]))


@contextmanager
def a_hall(name: str, people: int) -> Iterator[Hall]:
    """A union in a database of its own, with so many members who have its page open."""
    with database(name), TemporaryDirectory() as folder:
        _people.odd_ids()
        union = tree.found("七号厂工会", parent=None, level=Union.Level.GRASSROOTS)
        *crowd, sample = (ready(one) for one in _people.signed_in(people + 1, union))
        yield Hall(union, a_login("何立夏"), crowd, sample, Path(folder))


def ready(person: Person) -> Person:
    """With what her browser got with the page, and the blanks that a claim of hers fills in a recording."""
    user, key = User(pk=person["user"], password=""), new_key()
    door = door_cookie(person["session"], user)
    whose = f"{user.pk} {key}"  # as base.replay writes it
    return {**person, "door": door, "key": key, "whose": whose, "number": rules.new_number()}


# == What is asked ==
def cookies_of(person: Person) -> str:
    """As her browser sends them."""
    return f"{_people.cookies_of(person)}; door={person['door']}"


def form_of(person: Person) -> dict[str, str]:
    """The button's form."""
    return {"csrfmiddlewaretoken": TOKEN, "key": person["key"]}


def claiming(offer: VoucherOffer, person: Person) -> bytes:
    """Her press of the button, as its page sends it."""
    path = f"/vouchers/offers/{offer.pk}/claim/"
    return _web.request("POST", path, cookies=cookies_of(person), form=form_of(person), accept=JSON)


def claiming_anew(offer: VoucherOffer, person: Person) -> bytes:
    """One of several giveaways: a key is for one deed."""
    return claiming(offer, {**person, "key": new_key()})


def looking(offer: VoucherOffer, person: Person) -> bytes:
    """Her page asks how it stands."""
    path = f"/vouchers/offers/{offer.pk}/standing/"
    return _web.request("GET", path, cookies=cookies_of(person), accept=JSON)


def asking_floor(name: str, nth: int, person: Person) -> bytes:
    """The same to a floor, by the name of the recording."""
    path = f"/{name}/{nth}/"
    return _web.request("POST", path, cookies=cookies_of(person), form=form_of(person), accept=JSON)


def asked(port: int, requests: Sequence[tuple[Person, bytes]], *, lines: int = 64) -> Answers:
    """Each sent once, over so many connections at a time."""
    answers: Answers = []

    async def deed(line: _web.Line, one: tuple[Person, bytes]) -> None:
        person, sent = one
        answers.append((person, await line.ask(sent)))

    _web.crowd(port, deed, requests, lines=lines)
    return answers


# == What the floors ask again ==
def recordings(offer: VoucherOffer, sample: Person, other: Person) -> dict[str, Recording]:
    """One ``claim``, and one answer when all are ``gone``, as the served application gives them."""
    made = {"claim": _recorded_claim(offer, sample)}
    pool = Pool.objects.filter(pk=offer.pool_id)
    pool.update(taken=offer.pool.capacity, handed_out=offer.pool.capacity)
    forget(offer.pk)
    made["gone"] = _recorded_claim(offer, other)
    assert [one.status for one in made.values()] == [GIVEN, NO], made
    start_anew(offer)
    return made


def _recorded_claim(offer: VoucherOffer, person: Person) -> Recording:
    from unionhall.site.wsgi import application  # noqa: PLC0415 — it sets Django up

    request = RequestFactory(SERVER_NAME="localhost").post(
        f"/vouchers/offers/{offer.pk}/claim/",
        urlencode(form_of(person)),
        content_type="application/x-www-form-urlencoded",
        headers={"Accept": JSON, "Cookie": cookies_of(person)},
    )
    known(offer.pk)  # as it is, for whoever was here within this second
    with patch.object(rules, "new_number", lambda: person["number"]):
        return _recorded.record(partial(_recorded.through, application, request), person)


def start_anew(offer: VoucherOffer) -> None:
    """Nobody has anything yet."""
    with connection.cursor() as cursor:
        cursor.execute(FORGOTTEN)
    forget(offer.pk)


# == What must be true behind it ==
@dataclass(frozen=True)
class Verdict:
    """Each is how many; 0 is right for all."""

    over: int
    under: int
    doubles: int
    disorder: int  # places that were not given in the order of commits
    errors: int
    broken: int  # sentences of the audit


@dataclass(frozen=True)
class Round:
    """Requests a second of ours and of the floors; milliseconds by percent; what must be 0."""

    speed: dict[str, float]
    within: dict[int, float]
    verdict: Verdict


def a_round(speed: dict[str, float], answers: Answers, verdict: Verdict) -> Round:
    """With the product's own part of it: its answers, and what became of them."""
    ours = {"ours": len(answers) / spent(answers)}
    return Round(speed | ours, _web.percentiles([answer for _one, answer in answers]), verdict)


def told(name: str, measured: list[Round]) -> Iterator[Figure]:
    """Medians of what was measured; of what must never be, all."""
    speed = {of: statistics.median(one.speed[of] for one in measured) for of in measured[0].speed}
    yield Figure(name, speed["ours"], "/s", speed["bare"], at_least=SHARE_OF_BARE)
    yield Figure(f"{name}_plain", speed["ours"], "/s", speed["plain"], at_least=TIMES_PLAIN)
    for percent in measured[0].within:
        value = statistics.median(one.within[percent] for one in measured)
        yield Figure(f"{name}_p{percent}", value, "ms")
    yield from what_must_be_0(name, [one.verdict for one in measured])


def what_must_be_0(name: str, verdicts: Sequence[Verdict]) -> Iterator[Figure]:
    """All of them together."""
    sums = map(sum, zip(*map(astuple, verdicts), strict=True))
    for field, count in zip(fields(Verdict), sums, strict=True):
        yield Figure(f"{name}_{field.name}", count, "", goal=0)


def verdict(offer: VoucherOffer, answers: Answers, *, wanted: int) -> Verdict:
    """Of a rush of whom ``wanted`` asked; compared with the database and with what they were told."""
    claims = Claim.objects.filter(pool=offer.pool_id)
    held = set(claims.values_list("member", flat=True))
    told = {person["member"] for person, answer in answers if answer.status == GIVEN}
    odd = sum(answer.status not in {GIVEN, NO} for _person, answer in answers)
    count, capacity = claims.count(), offer.pool.capacity
    return Verdict(
        over=max(0, count - capacity),
        under=max(0, min(capacity, wanted) - count),
        doubles=count - len(held),
        disorder=0 if offer.pool.slices else disorder(offer, answers),
        errors=odd + len(held ^ told),
        broken=broken(),
    )


def broken() -> int:
    """Sentences of the audit that do not hold."""
    return sum(bool(offenders) for _sentence, offenders in audit(INVARIANTS))


def disorder(offer: VoucherOffer, answers: Answers) -> int:
    """Places against the commits, and against who was answered before another asked."""
    with connection.cursor() as cursor:
        cursor.execute(BROKEN_ORDER, [offer.pool_id])
        (against_commits,) = cursor.fetchone()
    given = [answer for _person, answer in answers if answer.status == GIVEN]
    places = [int(json.loads(answer.body)["place"]) for answer in given]
    return int(against_commits) + overtaken(list(zip(places, given, strict=True)))


def overtaken(given: Sequence[tuple[int, _web.Answer]]) -> int:
    """How many have a better place than somebody who had been answered before they asked."""
    latest, count = 0, 0
    earlier = deque(sorted(given, key=lambda one: one[1].ended))
    for place, answer in sorted(given, key=lambda one: one[1].began):
        while earlier[0][1].ended < answer.began:
            latest = max(latest, earlier.popleft()[0])
        count += place < latest
    return count


def spent(answers: Answers) -> float:
    """Seconds from the first request to the last answer."""
    times = [answer for _person, answer in answers]
    return max(one.ended for one in times) - min(one.began for one in times)


def floors(hall: Hall, offer: VoucherOffer, names: Callable[[int], str]) -> dict[str, float]:
    """Requests a second of bare and of plain, the nth of the crowd asking for the recording of that name."""
    took: dict[str, float] = {}
    requests = [(one, asking_floor(names(nth), nth, one)) for nth, one in enumerate(hall.crowd)]
    for floor, (application, more) in _web.FLOORS.items():
        start_anew(offer)
        with _web.served(application, hall.files | more) as port:
            _web.warm(port, _web.request("GET", "/nothing/"))
            answers = asked(port, requests)
        odd = [answer for _one, answer in answers if answer.status not in {GIVEN, NO}]
        assert not odd, odd[0]
        took[floor] = len(answers) / spent(answers)
    return took
