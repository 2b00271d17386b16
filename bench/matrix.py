"""The tenant matrix in full: everybody asks everything of everybody, and sees nothing that is not hers.

``tests/tenancy`` has the matrix itself and its controls; here it is counted. What was not as it should be is told,
each once, on the error stream.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator

from bench._harness import Figure, database
from tests.tenancy import matrix

ENOUGH = 50_000  # requests


def figures(_rounds: int) -> Iterator[Figure]:
    """Counted once, for the matrix says the same each time."""
    logging.disable(logging.CRITICAL)  # a refusal each, with its trace
    with database("bench_matrix"):
        held = matrix.run()
    logging.disable(logging.NOTSET)
    routes, shut = len(held.routes), held.shut()
    yield Figure("matrix routes", 100 * len(held.met) / routes, "%", at_least=100)
    yield Figure("matrix let in", 100 * (1 - len(shut) / routes), "%")
    yield Figure("matrix requests", held.asked, "", at_least=ENOUGH)
    for kind, offences in held.offences.items():
        yield Figure(f"matrix {kind}", len(offences), "", goal=0)
        tell(offences)
    tell([f"lets nobody in: {where}" for where in sorted(shut)])


def tell(offences: list[str]) -> None:
    """Those that differ by more than numbers."""
    seen: set[str] = set()
    for one in offences:
        if (kind := re.sub(r"\d{8}", "#", one)) not in seen:
            seen.add(kind)
            print(f"  {one}", file=sys.stderr)
