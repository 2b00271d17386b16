"""The tenant matrix in full: everybody asks everything of everybody, and sees nothing that is not hers.

``tests/tenancy`` has the matrix itself and its controls; here it is counted. The routes are dealt out to processes,
each with a copy of the town. What was not as it should be is told, each once, on the error stream.
"""

from __future__ import annotations

import functools
import logging
import multiprocessing
import os
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from django.db import connection

from bench._harness import Figure, database
from tests.tenancy.matrix import Matrix
from tests.tenancy.pushes import pushes
from tests.tenancy.rights import rights_are_gone
from tests.tenancy.routes import all_routes
from tests.tenancy.tally import BROKEN, Tally
from tests.tenancy.town import Town, a_town
from unionhall.site.audit import INVARIANTS, audit

ENOUGH = 50_000  # requests
TOWN, SHARES = "bench_matrix", 16


def figures(_rounds: int) -> Iterator[Figure]:
    """Counted once, for the matrix says the same each time."""
    logging.disable(logging.CRITICAL)  # a refusal each, with its trace
    with database(TOWN):
        held = in_shares()
    logging.disable(logging.NOTSET)
    routes = {one.where for one in all_routes()}
    shut = routes - held.opened  # where nobody was let in, a refusal means nothing
    yield Figure("matrix routes", 100 * len(held.met) / len(routes), "%", at_least=100)
    yield Figure("matrix let in", 100 * (1 - len(shut) / len(routes)), "%")
    yield Figure("matrix requests", held.asked, "", at_least=ENOUGH)
    yield Figure("matrix files", len(held.files), "", at_least=1)
    yield Figure("matrix messages", held.told, "", at_least=1)
    for kind, offences in held.offences.items():
        yield Figure(f"matrix {kind}", len(offences), "", goal=0)
    for where in sorted(shut):
        print(f"  lets nobody in: {where}", file=sys.stderr)


def in_shares() -> Tally:
    """Of all routes, by as many processes as there are cores."""
    town = a_town()
    first = Matrix(town)
    rights_are_gone(first)
    first.tally.told = pushes(first)
    tell(first.tally)
    connection.close()  # so that the town can be copied, and no process inherits it
    held = first.tally
    for nth, one in enumerate(dealt_out(town), 1):
        held.add(one)
        tell(one)
        print(f"  {nth} of {SHARES} shares: {held.asked} requests", file=sys.stderr)
    return held


def dealt_out(town: Town) -> Iterator[Tally]:
    """A process for each share: what one remembers of a database is not true in another."""
    fork, at_once = multiprocessing.get_context("fork"), os.cpu_count() or 1
    for first in range(0, SHARES, at_once):
        some = range(first, min(first + at_once, SHARES))
        with ProcessPoolExecutor(len(some), mp_context=fork) as pool:
            yield from pool.map(functools.partial(share, town), some)


def share(town: Town, nth: int) -> Tally:
    """What every ``SHARES``-th route says, from the ``nth`` on, in a copy of the town."""
    with database(f"{TOWN}_{nth}", like=TOWN):
        asking, before = Matrix(town, slice(nth, None, SHARES)), broken()
        asking.in_full()
        asking.tally.offences[BROKEN] += sorted(broken() - before)
    return asking.tally


def broken() -> set[str]:
    """What the audit finds. The town has a person or two whom no deed brought where they are."""
    return {f"{sentence} {one}" for sentence, offenders in audit(INVARIANTS) for one in offenders}


def tell(found: Tally) -> None:
    """Offences that differ by more than numbers, each once."""
    seen: set[str] = set()
    for kind, offences in found.offences.items():
        for one in offences:
            if (shape := re.sub(r"\d{8}", "#", one)) not in seen:
                seen.add(shape)
                print(f"  {kind}: {one}", file=sys.stderr)
