"""What everybody was told, held against what is in the database. Pure: lines and rows in, offences out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from faults.ledger import Line


class AttemptRow(NamedTuple):
    """One sitting as the database has it; ``place`` is that of its prize."""

    id: int
    contest: int
    member: int
    state: str
    score: int | None
    passed_as: int | None
    place: int | None


class PoolRow(NamedTuple):
    """``passers``: members who passed a contest over this pool."""

    id: int
    capacity: int
    live: int
    passers: int


@dataclass(frozen=True)
class Rows:
    """All that counts; ``answers``: attempt to what is kept of its first question."""

    attempts: Sequence[AttemptRow]
    answers: dict[int, list[str]]
    pools: Sequence[PoolRow]
    overdue_messages: int


def offences(lines: Sequence[Line], rows: Rows) -> Iterator[str]:
    """Every one in a sentence; none, if all holds."""
    yield from lost(lines, rows)
    yield from (f"{line.step} of {who(line)} was never resolved" for line in of(lines, "left"))
    yield from (f"{line.step} of {who(line)} got {line.status}" for line in of(lines, "odd"))
    yield from twice(rows)
    yield from miscounted(rows)
    yield from places_off(rows)
    yield from out_of_order(lines)
    if rows.overdue_messages:
        yield f"{rows.overdue_messages} messages are due and nobody delivers them"


def lost(lines: Sequence[Line], rows: Rows) -> Iterator[str]:
    """What somebody was told, and what is not so."""
    by_deed = {(row.contest, row.member): row for row in rows.attempts}
    for line in of(lines, "told"):
        row = by_deed.get((line.contest, line.member))
        if row is None or not holds(line, row, rows.answers):
            yield f"{line.step} of {who(line)} was acknowledged and is lost"


def holds(line: Line, row: AttemptRow, answers: dict[int, list[str]]) -> bool:
    """Whether the row says what the line was told."""
    if line.step == "start":
        return bool(line.facts["id"] == row.id)
    if line.step == "answer":
        return bool(answers.get(row.id) == line.facts["given"])
    told = tuple(line.facts[name] for name in ("score", "passed_as", "place"))
    return row.state == "handed_in" and told == (row.score, row.passed_as, row.place)


def twice(rows: Rows) -> Iterator[str]:
    """Each may sit each contest once."""
    sat = Counter((row.contest, row.member) for row in rows.attempts)
    for (contest, member), times in sat.items():
        if times > 1:
            yield f"member {member} sat contest {contest} {times} times"


def miscounted(rows: Rows) -> Iterator[str]:
    """Never more than there are, and never fewer when enough have passed."""
    for pool in rows.pools:
        expected = min(pool.capacity, pool.passers)
        if pool.live != expected:
            yield f"pool {pool.id}: {pool.live} given out, {expected} to give"


def places_off(rows: Rows) -> Iterator[str]:
    """Places of passing run from 1 without a gap."""
    passed: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows.attempts:
        if row.passed_as is not None:
            passed[row.contest].append(row.passed_as)
    for contest, places in passed.items():
        if sorted(places) != list(range(1, len(places) + 1)):
            yield f"contest {contest}: places {sorted(places)}"


def out_of_order(lines: Sequence[Line]) -> Iterator[str]:
    """Whoever was answered before another asked has the better place."""
    by_contest: defaultdict[int, list[Line]] = defaultdict(list)
    for line in of(lines, "told"):
        if line.step == "hand_in" and line.facts["passed_as"] is not None:
            by_contest[line.contest].append(line)
    for contest, told in by_contest.items():
        answered, best = iter(sorted(told, key=attrgetter("ended"))), 0
        upcoming = next(answered, None)
        for line in sorted(told, key=attrgetter("asked")):
            while upcoming is not None and upcoming.ended < line.asked:
                best, upcoming = max(best, upcoming.facts["passed_as"]), next(answered, None)
            if line.facts["passed_as"] < best:
                yield f"contest {contest}: {line.facts['passed_as']} was given after {best}"


def miscount_of_the_naive(lines: Sequence[Line], rows: Rows) -> int:
    """How many hand-ins there are beyond those that somebody who takes no answer for a no counts."""
    counted = sum(line.step == "hand_in" for line in of(lines, "told"))
    return sum(row.state == "handed_in" for row in rows.attempts) - counted


def of(lines: Iterable[Line], kind: str) -> Iterator[Line]:
    """Those of one kind."""
    return (line for line in lines if line.kind == kind)


def who(line: Line) -> str:
    """Whose deed."""
    return f"member {line.member} in contest {line.contest}"
