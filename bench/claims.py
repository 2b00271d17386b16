"""Claims on one pool, against the floor: the same deciding statements by bare psycopg."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import psycopg
from django.conf import settings
from django.db import connection

from bench._harness import Figure, database, medians, seconds
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment import rules
from unionhall.kernel.allotment.actions.deciding import ENTER, TAKE
from unionhall.kernel.allotment.models import Pool
from unionhall.kernel.allotment.tests.rows import a_crowd
from unionhall.people.members.models import Member
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union

CLAIMS, CONNECTIONS = 2000, 8
RECORD = """
    INSERT INTO ledger_entry (action, subject_type, subject_id, by_id, union_id, detail)
    VALUES ('allotment.thing_claimed', 'allotment.claim', %s, NULL, NULL, '{}') RETURNING id, at
"""


def figures(rounds: int) -> Iterator[Figure]:
    """Seconds until everybody has her place."""
    with database("bench_claims"):
        union = tree.found("七号厂工会", parent=None, level=Union.Level.GRASSROOTS)
        crowd = a_crowd(CLAIMS, union)
        took = medians(rounds, lambda: {"floor": rush(crowd, bare), "ours": rush(crowd, ours)})
    yield Figure("claims", took["ours"], "s", took["floor"])


def rush(crowd: Sequence[Member], claim_all: Callable[[Pool, Sequence[Member]], None]) -> float:
    """How long it takes until each of the crowd has one, over several connections at once."""
    pool = allotment.open_pool(label="蛋糕券", capacity=len(crowd))
    threads = [
        threading.Thread(target=claim_all, args=(pool, crowd[nth::CONNECTIONS]))
        for nth in range(CONNECTIONS)
    ]
    took = seconds(lambda: run(threads))
    pool.refresh_from_db()
    assert pool.handed_out == len(crowd), "Somebody went without."
    return took


def run(threads: Sequence[threading.Thread]) -> None:
    """All at once, until the last is done."""
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ours(pool: Pool, crowd: Sequence[Member]) -> None:
    """As the product does it."""
    for member in crowd:
        allotment.claim(pool.pk, member=member)
    connection.close()


def bare(pool: Pool, crowd: Sequence[Member]) -> None:
    """The statements alone."""
    params = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        params.pop(name, None)
    with psycopg.connect(**params) as database:
        for member in crowd:
            with database.transaction():
                entering = {
                    "pool": pool.pk,
                    "family": pool.family_key,
                    "members": [member.pk],
                    "numbers": [rules.new_number()],
                }
                ((_member, claim),) = database.execute(ENTER, entering).fetchall()
                taking = {"pool": pool.pk, "claims": [claim], "n": 1, "zone": settings.TIME_ZONE}
                database.execute(TAKE, taking).fetchone()
                database.execute(RECORD, [claim]).fetchone()
