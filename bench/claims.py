"""Claims per second on one pool, against the floor: the same statements by bare psycopg, in the same run.

    DATABASE_URL=… python bench/claims.py [--claims 2000] [--connections 8]

Works in a database of its own (``bench_…``), which it makes and drops. Loopback only; bounded by its arguments.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unionhall.site.settings")

import django
import psycopg

django.setup()

from django.conf import settings
from django.db import connection

from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment import rules
from unionhall.kernel.allotment.actions.deciding import ENTER, TAKE
from unionhall.kernel.allotment.models import Pool
from unionhall.kernel.allotment.tests.rows import a_crowd
from unionhall.people.members.models import Member
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union

RECORD = """
    INSERT INTO ledger_entry (action, subject_type, subject_id, by_id, union_id, detail)
    VALUES ('allotment.thing_claimed', 'allotment.claim', %s, NULL, NULL, '{}') RETURNING id, at
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="claims per second against bare SQL")
    parser.add_argument("--claims", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=8)
    given = parser.parse_args()
    if (
        connection.settings_dict["HOST"] not in {"", "localhost", "127.0.0.1"}
        and "/" not in connection.settings_dict["HOST"]
    ):
        sys.exit("The bench runs on this machine's database only.")
    with database_of_its_own():
        union = tree.found("七号厂工会", parent=None, level=Union.Level.GRASSROOTS)
        crowd = a_crowd(given.claims, union)
        rates = {"floor": [], "claim": []}
        for _round in range(3):
            rates["floor"].append(per_second(crowd, given.connections, bare))
            rates["claim"].append(per_second(crowd, given.connections, ours))
    floor, claim = (sorted(found)[1] for found in rates.values())
    print(
        f"{given.claims} claims on one pool over {given.connections} connections, the middle of 3 rounds"
    )
    print(f"floor  {floor:7.0f} claims/s  bare psycopg, the same deciding statements")
    print(f"claim  {claim:7.0f} claims/s  allotment.claim()")
    print(f"ratio  {claim / floor:7.2f}")


@contextmanager
def database_of_its_own() -> Iterator[None]:
    connection.settings_dict["TEST"]["NAME"] = f"bench_{os.getpid()}"
    former = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(former, verbosity=0)


def per_second(
    crowd: Sequence[Member], connections: int, claim_all: Callable[[Pool, Sequence[Member]], None]
) -> float:
    pool = allotment.open_pool(label="蛋糕券", capacity=len(crowd))
    threads = [
        threading.Thread(target=claim_all, args=(pool, crowd[nth::connections]))
        for nth in range(connections)
    ]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begin
    pool.refresh_from_db()
    if pool.handed_out != len(crowd):
        sys.exit("Somebody went without.")
    return len(crowd) / took


def ours(pool: Pool, crowd: Sequence[Member]) -> None:
    for member in crowd:
        allotment.claim(pool.pk, member=member)
    connection.close()


def bare(pool: Pool, crowd: Sequence[Member]) -> None:
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


if __name__ == "__main__":
    main()
