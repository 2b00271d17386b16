"""Compares a database that was restored to a moment with the living one, row by row.

Each version of a row carries the number of the transaction that wrote it, and the server knows when
that one was committed (``track_commit_timestamp``). What was committed before the moment and still
stands in the living database must be in the restored one, letter by letter: else it is *missing*.
What the restored one has of later transactions is *extra*. What it has and the living one has no
more was changed or deleted since.

A commit takes its time a blink before its place in the log, and a recovery stops by place: what was
committed within ``BLINK`` of the moment may be on either side, and is counted apart.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, LiteralString

import psycopg
from psycopg import sql

BLINK: Final = dt.timedelta(milliseconds=250)
Database = psycopg.Connection[tuple[object, ...]]
COLUMNS: Final = """
    SELECT attrelid::regclass::text, array_agg(attname::text ORDER BY attname)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
    GROUP BY attrelid ORDER BY 1
"""
TABLE: Final = """
    CREATE TEMPORARY TABLE living (xid bigint, at timestamptz, digest bigint) ON COMMIT DROP
"""
VERSIONS: Final[LiteralString] = """
    SELECT xmin::text::bigint AS xid, pg_xact_commit_timestamp(xmin) AS at, {} AS digest FROM {}
"""
NO_VERSIONS: Final[LiteralString] = """
    SELECT 0::bigint AS xid, now() AS at, 0::bigint AS digest WHERE false
"""
VERDICT: Final[LiteralString] = """
    WITH restored AS MATERIALIZED ({}),
    missing AS (
        SELECT xid, digest FROM living WHERE at IS NULL OR at <= %(before)s
        EXCEPT ALL SELECT xid, digest FROM restored
    ),
    gone AS (SELECT xid, digest FROM restored EXCEPT ALL SELECT xid, digest FROM living)
    SELECT (SELECT count(*) FROM living WHERE at IS NULL OR at <= %(before)s),
           (SELECT count(*) FROM missing),
           (SELECT count(*) FROM living WHERE at >= %(after)s),
           (SELECT count(*) FROM restored WHERE at >= %(after)s),
           (SELECT count(*) FROM gone),
           (SELECT count(*) FROM living WHERE at > %(before)s AND at < %(after)s)
"""


@dataclass(frozen=True)
class Compared:
    """One table: living rows before the moment, of them missing; after it, extra; and the others."""

    table: str
    before: int
    missing: int
    after: int
    extra: int
    changed_since: int
    within: int


def compare(living: Database, restored: Database, moment: dt.datetime) -> Iterator[Compared]:
    """Every table of both; of one that exists on one side only, the other has no rows.

    ``living`` is read in one snapshot; both connections are in no transaction.
    """
    living.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    for database in (living, restored):
        database.execute("SET LOCAL timezone = 'UTC'")
    ours, theirs = columns_of(living), columns_of(restored)
    restored.execute(TABLE)
    edges = {"before": moment - BLINK, "after": moment + BLINK}
    for table in sorted(ours.keys() | theirs.keys()):
        both = [one for one in ours.get(table, []) if one in theirs.get(table, [one])]
        both = both or theirs[table]
        restored.execute("TRUNCATE living")
        if table in ours:
            hand_over(living, restored, versions(table, both))
        seen = versions(table, both) if table in theirs else sql.SQL(NO_VERSIONS)
        row = restored.execute(sql.SQL(VERDICT).format(seen), edges).fetchone()
        yield Compared(table, *(int(str(count)) for count in row or ()))
    living.rollback()
    restored.rollback()


def columns_of(database: Database) -> dict[str, list[str]]:
    """The names of the columns of every table that holds rows."""
    rows = database.execute(COLUMNS).fetchall()
    return {str(table): list(names) for table, names in rows if isinstance(names, list)}


def digest(columns: list[str]) -> sql.Composed:
    """64 bits of all that stands in a row."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("hashtextextended(ROW({})::text, 0)").format(names)


def versions(table: str, columns: list[str]) -> sql.Composed:
    """The query for each row's transaction, its time, and the digest."""
    return sql.SQL(VERSIONS).format(digest(columns), sql.SQL(table))


def hand_over(living: Database, restored: Database, query: sql.Composed) -> None:
    """Streams what one database says into the other."""
    out = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(query)
    into = "COPY living FROM STDIN (FORMAT binary)"
    with living.cursor().copy(out) as given, restored.cursor().copy(into) as taken:
        for block in given:
            taken.write(block)
