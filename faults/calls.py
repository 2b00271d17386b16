"""The n-th call to the database fails, n = 1, 2, … until the deed gets by (F25; SQLite's way).

After each failure the database is as it was before, or the deed is done as a whole; asked for again
it succeeds, and in the end every invariant of the audit holds. The failure comes from the server
itself, as a cancelled statement does, so that the transaction is truly broken. The commit is a call
as well: it fails before it is done and, in a round of its own, after (the answer is lost).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections

from faults import bugs
from faults.bed import BARE, Bed
from faults.cluster import django_on
from faults.deeds import DEEDS, Deed, Place
from faults.outcome import Outcome
from unionhall.base.errors import Refused
from unionhall.site.audit import INVARIANTS, audit

FAIL = "DO $$ BEGIN RAISE EXCEPTION 'the n-th call fails' USING ERRCODE = 'query_canceled'; END $$"
MOST = 400
TABLES = """
    SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
        AND NOT relispartition AND relname NOT LIKE 'procrastinate%'
"""


class Failing:
    """Counts the calls of this connection and has one of them fail, once."""

    def __init__(self, nth: int, *, after_commit: bool) -> None:
        self.nth, self.after_commit = nth, after_commit
        self.calls, self.hit = 0, False

    def statement(self, execute: Callable[..., object], *call: object) -> object:
        """Around every statement."""
        if not self.after_commit and self._now():
            with connection.wrap_database_errors:  # not by ``execute``: it may declare a cursor
                connection.connection.execute(FAIL)
        return execute(*call)

    def commit(self, done: Callable[[], None]) -> None:
        """Around every commit."""
        if self.after_commit:
            done()
        if self._now():
            raise OperationalError("the n-th call fails")
        if not self.after_commit:
            done()

    def _now(self) -> bool:
        self.calls += 1
        hit = not self.hit and self.calls == self.nth
        self.hit = self.hit or hit
        return hit


@contextmanager
def failing(nth: int, *, after_commit: bool) -> Iterator[Failing]:
    """The n-th call fails inside the block."""
    one, its = Failing(nth, after_commit=after_commit), vars(connections[DEFAULT_DB_ALIAS])
    commit = connection._commit  # type: ignore[attr-defined] # noqa: SLF001 - no wrapper for commits
    its["_commit"] = lambda: one.commit(commit)
    try:
        with connection.execute_wrapper(one.statement):
            yield one
    finally:
        del its["_commit"]


def nth_call(bed: Bed) -> Iterator[Outcome]:
    """Each of the deeds, each in a database of its own, and the same without transactions."""
    for name in DEEDS:
        with in_copy(bed, f"calls_{name}"):
            outcome = tried(name)
        with in_copy(bed, f"calls_{name}_bare"):
            found = tried(name, bug=without_transactions)
        outcome.control, outcome.controlled_by = len(found.offences), "without transactions"
        yield outcome


def tried(name: str, *, bug: Callable[[], AbstractContextManager[None]] = nullcontext) -> Outcome:
    """One deed, failing at every call in turn; with a bug, until something is found."""
    outcome, place = Outcome(f"n-th call: {name}"), Place()
    for after_commit in (False, True):
        for nth in range(1, MOST):
            deed = DEEDS[name](place)
            with bug():
                hit = fails_at(nth, deed, outcome, after_commit=after_commit)
            if not hit or (bug is not nullcontext and outcome.offences):
                break
            outcome.times += 1
    if bug is nullcontext:
        outcome.offences += [sentence for sentence, found in audit(INVARIANTS) if found]
    return outcome


def fails_at(nth: int, deed: Deed, outcome: Outcome, *, after_commit: bool) -> bool:
    """Whether there was an n-th call; what is wrong after it goes to the outcome."""
    before, answer = fingerprint(deed.apart), None
    with failing(nth, after_commit=after_commit) as failure:
        try:
            answer = deed.do()
        except (OperationalError, Refused):
            answer = None
    if not failure.hit:
        return False
    outcome.unknown += 1
    if answer is None and deed.at_once and not after_commit and fingerprint(deed.apart) != before:
        outcome.offences.append(f"call {nth}: something is left of what failed")
    try:
        deed.do()
        outcome.resolved += 1
    except Refused as refusal:
        outcome.resolved += after_commit  # whoever asks for what was done is told that it is done
        if not after_commit:
            outcome.offences.append(f"call {nth}: asked again, {refusal.code}")
    except Exception as error:  # noqa: BLE001 - whatever it is, it should have succeeded
        outcome.offences.append(f"call {nth}: asked again, {type(error).__name__}")
    if not deed.is_done():
        outcome.offences.append(f"call {nth}: asked again, and it is not done")
    return True


def fingerprint(apart: str) -> dict[str, str]:
    """Of every table but one, what stands in it."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [name for (name,) in cursor.fetchall() if name != apart]
        cursor.execute(" UNION ALL ".join(
            f"SELECT '{name}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} AS t"
            for name in tables
        ))  # fmt: skip
        return dict(cursor.fetchall())


@contextmanager
def in_copy(bed: Bed, name: str) -> Iterator[None]:
    """Django works on a fresh copy of the database without rows inside the block."""
    bed.cluster.copy(name, like=BARE)
    try:
        with django_on(bed.cluster.url(name, owner=True)):
            yield
    finally:
        bed.cluster.drop(name)


@contextmanager
def without_transactions() -> Iterator[None]:
    """Every statement is committed at once, whatever the action says."""
    savepoints = connection.features.uses_savepoints
    connection.features.uses_savepoints = False
    try:
        with connection.execute_wrapper(bugs.commit_behind):
            yield
    finally:
        connection.features.uses_savepoints = savepoints
