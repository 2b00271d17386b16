from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from django.conf import settings
from django.db import connection

from unionhall.base.invariant import Invariant
from unionhall.base.ledger import anchor, rules
from unionhall.base.ledger.models import Seal
from unionhall.base.ledger.queries import block_of, contents

WITHOUT_A_MONTH = "SELECT id, at FROM ledger_entry_other ORDER BY id LIMIT 100"
MISSING_MONTHS = """
    SELECT months.entries FROM (
        SELECT 'ledger_entry_' || to_char(date_trunc('month', now() AT TIME ZONE 'UTC')
            + make_interval(months => ahead), 'YYYY_MM') AS entries FROM generate_series(0, 1) AS ahead
    ) AS months WHERE to_regclass(months.entries) IS NULL
"""
SLEEPING_GUARDS = """
    SELECT wanted.name || ' of ' || guarded.name
    FROM unnest(ARRAY['ledger_refuses_changes', 'ledger_refuses_truncate']) AS wanted (name),
        unnest(ARRAY['ledger_entry', 'ledger_seal']) AS guarded (name)
    WHERE NOT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgname = wanted.name AND tgrelid = guarded.name::regclass AND tgenabled IN ('O', 'A')
    )
"""
UNSEALED = """
    SELECT id, at FROM ledger_entry WHERE id > coalesce((SELECT max(last_id) FROM ledger_seal), 0)
        AND at < now() - interval '1 hour' ORDER BY id LIMIT 1
"""
# A subquery, so that the sequence is looked at once, and after the entries that this statement sees.
BEYOND = """
    SELECT id, at FROM ledger_entry
    WHERE id > (SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('ledger_entry', 'id')::regclass), 0))
    ORDER BY id LIMIT 100
"""
UNANCHORED = """
    SELECT number, sealed_at FROM ledger_seal WHERE number > %s AND sealed_at < now() - interval '1 hour'
    ORDER BY number LIMIT 1
"""
AT_ONCE = 1000  # blocks, or lines of the anchor


def _without_a_month() -> Iterator[str]:
    return (f"entry {entry} of {at:%F}" for entry, at in _rows(WITHOUT_A_MONTH))


def _missing_months() -> Iterator[str]:
    return (str(entries) for (entries,) in _rows(MISSING_MONTHS))


def sleeping_guards() -> Iterator[str]:
    """Triggers that should refuse changes of the ledger, and are off or gone."""
    return (str(trigger) for (trigger,) in _rows(SLEEPING_GUARDS))


def _beyond_the_sequence() -> Iterator[str]:
    """Blocks end where the sequence does: no such entry would be sealed before that comes to it."""
    return (f"entry {entry} of {at:%F %T}" for entry, at in _rows(BEYOND))


def _changed_blocks() -> Iterator[str]:
    for batch in _read_together(Seal.objects.order_by("number").iterator()):
        found = contents([seal.first_id for seal in batch], batch[-1].last_id)
        for seal, (count, digest) in zip(batch, found, strict=True):
            if count != seal.count:
                yield f"{seal}: {seal.count} were sealed, {count} are there"
            elif digest != seal.digest:
                yield f"{seal}: they are not what was sealed"


def _read_together(seals: Iterable[Seal]) -> Iterator[list[Seal]]:
    """Blocks in order, so many that few statements read them, and that none reads much more than the largest block."""
    batch: list[Seal] = []
    for seal in seals:
        if batch and (len(batch) == AT_ONCE or seal.last_id - batch[0].first_id >= rules.MOST_IDS):
            yield batch
            batch = []
        batch.append(seal)
    if batch:
        yield batch


def _broken_links() -> Iterator[str]:
    before = None
    for seal in Seal.objects.order_by("number").iterator():
        if not rules.follows(before, seal):
            yield f"{seal}: it does not begin where {before or 'the ledger'} ended"
        elif seal.chained != rules.chained(before, seal):
            yield f"{seal}: its link is not of it and the block before"
        before = seal


def _off_the_anchor() -> Iterator[str]:
    """Lines may be fewer than blocks: the newest may be on their way, and an older copy is an anchor, too."""
    file, told = settings.LEDGER_ANCHOR, False
    if anchor.is_there(file):
        newest, lines = anchor.newest(file), anchor.lines(file)
        if newest and not block_of(newest):
            yield f"{file} is another ledger's, or this one was changed; nothing is added behind its newest line: {newest}"
        while some := list(islice(lines, AT_ONCE)):
            told = told or any(map(_number_in, some))
            yield from _untrue(some)
        if not told and _rows(UNANCHORED, [0]):
            yield f"no line of {file} tells of a block, and blocks have been sealed for more than an hour"
    elif Seal.objects.exists():
        yield f"there is no anchor at {file}, and blocks are sealed: look where the worker runs, or name a copy by UNIONHALL_ANCHOR"


def _untrue(lines: list[str]) -> Iterator[str]:
    seals = Seal.objects.in_bulk([number for one in lines if (number := _number_in(one))])
    for one in lines:
        seal = seals.get(_number_in(one))
        if seal is None:
            yield f"anchored and not there: {one}"
        elif one != rules.anchored(seal):
            yield f"{seal}: another one was anchored: {one}"


def _number_in(line: str) -> int:
    try:
        return anchor.number_of(line)
    except ValueError:
        return 0  # no block's


def _left_behind() -> Iterator[str]:
    for entry, at in _rows(UNSEALED):
        yield f"entry {entry} of {at:%F %T}: does the worker run, and no transaction for hours?"
    file = settings.LEDGER_ANCHOR
    if anchor.is_there(file):
        for number, at in _rows(UNANCHORED, [_number_in(anchor.newest(file))]):
            yield f"block {number} of {at:%F %T} is not in {file}"


def _rows(query: str, values: list[int] | None = None) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


INVARIANTS = [
    Invariant("Every entry lies in the partition of its month", _without_a_month),
    Invariant("The ledger has a partition for this month and the next", _missing_months),
    Invariant("The ledger's guards are awake", sleeping_guards),
    Invariant("No entry has an id that was not drawn yet", _beyond_the_sequence),
    Invariant("Sealed entries are what was sealed, all of them and no others", _changed_blocks),
    Invariant("Sealed blocks follow one from the other, without a hole", _broken_links),
    Invariant("Sealed blocks are those of the anchor", _off_the_anchor),
]

WARNINGS = [Invariant("What is older than an hour is sealed and anchored", _left_behind)]
