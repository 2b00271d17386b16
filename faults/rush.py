"""A crowd at a house while something is done to it; then the reckoning."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from django.test import override_settings

from demo.processes import ROOT
from faults import ledger
from faults.bed import Stage
from faults.cluster import django_on
from faults.crowd import GIVE_UP_S, Plan
from faults.house import House
from faults.ledger import Line
from faults.oracles import Rows, of, offences
from faults.outcome import Outcome
from faults.rows import overdue, rows_of
from unionhall.site import audit as invariants

DRAINED_S = 90.0  # the lock of a sweep that was killed is taken away after half a minute
POLL_S = 0.05


@dataclass
class Rush:
    """A running crowd and its ledger."""

    house: House
    path: Path
    process: subprocess.Popen[bytes]
    _counted_to: int = 0
    _told: int = 0

    @property
    def lines(self) -> list[Line]:
        """What they were told so far."""
        return ledger.read(self.path)

    @property
    def told(self) -> int:
        """How many steps were answered; counted without reading a line twice, or what it says."""
        if self.path.exists():
            with self.path.open("rb") as file:
                file.seek(self._counted_to)
                whole, newline, _begun = file.read().rpartition(b"\n")
            self._counted_to += len(whole + newline)
            self._told += whole.count(b'{"kind": "told"')
        return self._told

    @property
    def slowest_write_s(self) -> float:
        """What the disk took for one line, at most, when the crowd has finished; 0.0 if it did not."""
        path = Path(f"{self.path}.slowest")
        return float(path.read_text()) if path.exists() else 0.0

    def wait_until_told(self, more: int) -> None:
        """Until so many more steps were answered; a crowd that has ended is told nothing."""
        goal = self.told + more
        while self.told < goal and self.process.poll() is None:
            self.house.tend()
            time.sleep(POLL_S)

    def finish(self) -> None:
        """Those that were begun are done, or given up; the house is looked after meanwhile."""
        self.process.send_signal(signal.SIGTERM)
        until = time.monotonic() + 2 * GIVE_UP_S
        while self.process.poll() is None and time.monotonic() < until:
            self.house.tend()
            time.sleep(POLL_S)


@contextmanager
def rush(house: House, stage: Stage, **how: object) -> Iterator[Rush]:
    """The crowd is at work inside the block; behind it, it has finished. ``how``: of ``Plan``."""
    outside = Path(os.environ["UNIONHALL_DATA"])  # of the cluster, whose disk may be full
    path, plan = outside / f"{house.database}.ledger", outside / f"{house.database}.plan"
    plan.write_text(json.dumps(asdict(Plan(house.front.port, stage.people, stage.deeds, **how))))  # type: ignore[arg-type]
    process = subprocess.Popen(
        [sys.executable, "-m", "faults.crowd", str(plan), str(path)], cwd=ROOT
    )
    one = Rush(house, path, process)
    try:
        one.wait_until_told(1)
        yield one
        one.finish()
    finally:
        process.kill()
        process.wait()


def reckoned(outcome: Outcome, rushed: Rush, *, audited: bool = True) -> Outcome:
    """The outcome with what the ledger and the database say of it."""
    began = time.monotonic()
    lines, rows = rushed.lines, rows_when_drained(rushed.house)
    outcome.drained_s = time.monotonic() - began
    outcome.disk_s = rushed.slowest_write_s
    unknown = {(line.step, line.contest, line.member) for line in of(lines, "unknown")}
    told = {(line.step, line.contest, line.member): line for line in of(lines, "told")}
    outcome.acknowledged += len(told)
    outcome.unknown += len(unknown)
    outcome.resolved += len(unknown & told.keys())
    slowest = max((told[deed].unknown_s for deed in unknown & told.keys()), default=0.0)
    outcome.slowest_s = max(outcome.slowest_s, slowest)
    outcome.offences += offences(lines, rows)
    if audited:
        outcome.offences += audit(rushed.house)
    return outcome


def rows_when_drained(house: House) -> Rows:
    """The rows, once the worker has delivered what is due; or when it has not in a long time.

    Where none was ever to run, nobody waits for messages.
    """
    until = time.monotonic() + DRAINED_S
    with house.connected() as database:
        if "worker" not in house.children:
            return replace(rows_of(database), overdue_messages=0)
        while overdue(database) and time.monotonic() < until:
            house.tend()
            time.sleep(POLL_S)
        return rows_of(database)


def audit(house: House) -> list[str]:
    """What ``manage.py audit`` finds broken."""
    url = house.cluster.url(house.database, owner=True)
    with override_settings(LEDGER_ANCHOR=house.anchor), django_on(url):
        return [
            f"audit: {sentence}: {', '.join(offenders)}"
            for sentence, offenders in invariants.audit(invariants.INVARIANTS)
            if offenders
        ]
