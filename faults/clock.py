"""The clock of the web server and of the worker is set wrong and right again (F5); the database's decides.

What is set is all that the house and what it stands on ask for the time of day, in every Python
process of it, without another line of the product changed. What measures time spans keeps going, as
on a machine whose clock is set.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from faults.bed import PLANTED, Bed
from faults.house import house
from faults.oracles import offences
from faults.outcome import Outcome
from faults.rush import audit, reckoned, rows_when_drained, rush

HOURS = 60 * 60
JUMPS = {"ahead": 2 * HOURS, "behind": -2 * HOURS}
SOME = 40  # answers under each
SHIFTED = """
import datetime, time
from pathlib import Path

import django.utils.timezone as of_django
import procrastinate.utils as of_the_queue

real, hand = time.time, Path({hand!r})
shifted = lambda: real() + float(hand.read_text())
now = lambda: datetime.datetime.fromtimestamp(shifted(), datetime.timezone.utc)
time.time, time.time_ns = shifted, lambda: int(shifted() * 1e9)
of_django.now = of_the_queue.utcnow = now
"""


def clock(bed: Bed) -> Iterator[Outcome]:
    """Two hours ahead, and two behind, from the middle of a rush on: windows, places and order are the database's."""
    hand, path = shiftable(bed.cluster.folder / "clock")
    for name, jump in JUMPS.items():
        outcome = Outcome(f"clock two hours {name}", times=1)
        set_clock(hand, 0)
        with house(bed.cluster, f"clock_{name}", PYTHONPATH=path) as one:
            with rush(one, bed.stage) as rushed:
                for seconds in (0, jump):
                    set_clock(hand, seconds)
                    rushed.wait_until_told(SOME)
            reckoned(outcome, rushed)
        if bed.full or jump > 0:
            outcome.control = decided_by_the_web(bed, hand, path, jump)
            outcome.controlled_by = "by the web's clock: wrong"
        yield outcome


def decided_by_the_web(bed: Bed, hand: Path, path: str, jump: int) -> int:
    """How many are refused or put into a wrong order by a product that asks its own clock."""
    set_clock(hand, 0)
    with house(
        bed.cluster, "own_clock", application=PLANTED, worker=False,
        PYTHONPATH=path, PLANTED="own_clock",
    ) as one:  # fmt: skip
        with rush(one, bed.stage) as rushed:
            for seconds in (0, jump):
                set_clock(hand, seconds)
                rushed.wait_until_told(SOME)
        found = list(offences(rushed.lines, rows_when_drained(one)))
        return len(found + audit(one))


def shiftable(folder: Path) -> tuple[Path, str]:
    """The file with the seconds by which it is wrong, and the path on which Python finds the shift."""
    folder.mkdir()
    hand = folder / "hand"
    set_clock(hand, 0)
    (folder / "sitecustomize.py").write_text(SHIFTED.format(hand=str(hand)))
    return hand, str(folder)


def set_clock(hand: Path, seconds: int) -> None:
    """At once for everybody."""
    part = hand.with_suffix(".part")
    part.write_text(str(seconds))
    part.replace(hand)
