"""The clock of the web server and the worker jumps (F5); that of the database decides."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from faults.bed import Bed
from faults.house import house
from faults.outcome import Outcome
from faults.rush import reckoned, rush

PLACES = ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime")
LIBRARY = "libfaketimeMT.so.1"
JUMPS = ("+2h", "-2h", "+0")
SOME = 40


def clock(bed: Bed) -> Iterator[Outcome]:
    """Two hours to and fro in the middle of a rush: windows, places and order are the database's."""
    outcome = Outcome("clock of web and worker", times=len(JUMPS))
    found = library()
    if found is None:
        outcome.skipped = "libfaketime is not installed (Debian: apt install libfaketime)"
        yield outcome
        return
    hand = bed.cluster.folder / "hand"
    hand.write_text("+0")
    faked = {"LD_PRELOAD": str(found), "FAKETIME_TIMESTAMP_FILE": str(hand)}
    with house(bed.cluster, "clock", FAKETIME_NO_CACHE="1", worker=False, **faked) as one:
        with rush(one, bed.stage) as rushed:
            for jump in JUMPS:
                rushed.wait_until_told(SOME)
                hand.write_text(jump)
                time.sleep(1)
        reckoned(outcome, rushed)
    yield outcome


def library() -> Path | None:
    """Where it is; ``UNIONHALL_FAKETIME`` names another folder."""
    folders = (os.environ.get("UNIONHALL_FAKETIME", PLACES[0]), *PLACES)
    return next((path for name in folders if (path := Path(name, LIBRARY)).exists()), None)
