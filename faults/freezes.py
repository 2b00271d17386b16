"""SIGSTOP and SIGCONT: it is there, and does not answer (F3)."""

from __future__ import annotations

import time
from collections.abc import Iterator

from faults.bed import Bed
from faults.house import house
from faults.oracles import miscount_of_the_naive
from faults.outcome import Outcome
from faults.rush import reckoned, rows_when_drained, rush

FROZEN_S, IMPATIENT_S = 2.5, 1.0  # longer than the crowd waits for an answer
SOME = 30  # answers between two


def freezes(bed: Bed) -> Iterator[Outcome]:
    """The database, then the web server."""
    for part in ("database", "web"):
        outcome = Outcome(f"SIGSTOP {part}", times=bed.freezes, restart_s=0.0)
        with house(bed.cluster, f"frozen_{part}") as one:
            with rush(one, bed.stage, timeout_s=IMPATIENT_S) as rushed:
                for _time in range(bed.freezes):
                    rushed.wait_until_told(SOME)
                    one.freeze(part)
                    time.sleep(FROZEN_S)
                    one.thaw(part)
                    outcome.restart_s = max(outcome.restart_s or 0, one.wait_for(part))
            reckoned(outcome, rushed)
        if bed.full or part == "database":
            outcome.control = miscounted(bed, part)
            outcome.controlled_by = "a timeout taken for a no: miscounted"
        yield outcome


def miscounted(bed: Bed, part: str) -> int:
    """By how much somebody is wrong who counts the answers that came."""
    with house(bed.cluster, f"naive_{part}", worker=False) as one:
        with rush(one, bed.stage, timeout_s=IMPATIENT_S, naive=True) as rushed:
            for _time in range(5):
                rushed.wait_until_told(SOME)
                one.freeze(part)
                time.sleep(FROZEN_S)
                one.thaw(part)
                one.wait_for(part)
                if found := miscount_of_the_naive(rushed.lines, rows_when_drained(one)):
                    return found
        return miscount_of_the_naive(rushed.lines, rows_when_drained(one))
