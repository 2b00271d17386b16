"""`bin/demo --check`: the demonstration in a temporary folder, and the whole journey through it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from demo.addresses import choose_front
from demo.journey import Journey
from demo.memory import proportional_mb
from demo.processes import ROOT, tail
from demo.running import House, running
from demo.stations import STATIONS
from unionhall.base import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_MB = 400  # web server, worker and database together (PSS)


def run() -> int:
    """The exit code: 0 only if every station was passed. Raises ChildError, EmbeddedError."""
    data = Path(tempfile.mkdtemp(prefix="unionhall-demo-"))
    data.chmod(0o711)
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):  # never somebody's real data
        os.environ.pop(name, None)
    try:
        with started(data, "first start"):
            pass
        with started(data, "start again") as house:
            passed = walk(house) and audit() and is_small(house)
    finally:
        embedded.discard(data)
    print("demo: ok" if passed else "demo: failed", flush=True)
    return 0 if passed else 1


@contextmanager
def started(data: Path, what: str) -> Iterator[House]:
    """The running house; says how long it took until the web server answered."""
    began = time.monotonic()
    with running(data, choose_front(None, None)) as house:
        report(what, f"{time.monotonic() - began:.1f} s")
        yield house


def walk(house: House) -> bool:
    """Whether all stations were passed; stops at the first that was not, and shows the logs."""
    journey = Journey(house.front.urls[0])
    for station in STATIONS:
        chapter = station.__module__.rpartition(".")[2]
        name = f"{chapter}: {station.__name__.replace('_', ' ')}"
        try:
            report(name, station(journey))
        except Exception:  # noqa: BLE001 - whatever it was, it is the answer
            report(name, "FAILED")
            traceback.print_exc(file=sys.stdout)
            for child in house.children:
                print(f"--- {child.name}", *tail(child.log), sep="\n")
            return False
    return True


def audit() -> bool:
    """Whether every invariant holds after the journey."""
    ended = subprocess.run(
        [sys.executable, "manage.py", "audit"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = ended.stdout.strip().splitlines() or ["(nothing)"]
    report("audit", lines[-1] if ended.returncode == 0 else "\n".join(["FAILED", *lines]))
    return ended.returncode == 0


def is_small(house: House) -> bool:
    """Whether all parts together stay within the promise; a container may forbid us to look at the database."""
    parts = {child.name: child.process.pid for child in house.children}
    parts |= {"database": house.database} if house.database else {}
    try:
        megabytes = {name: proportional_mb([pid]) for name, pid in parts.items()}
    except PermissionError as error:
        report("memory", f"cannot be read here ({error.filename})")
        return True
    single = ", ".join(f"{name} {size:.0f}" for name, size in megabytes.items())
    total = sum(megabytes.values())
    report("memory", f"{total:.0f} MB of {MOST_MB} ({single}; shared pages divided)")
    return total <= MOST_MB


def report(what: str, happened: str) -> None:
    """One line."""
    print(f"{what:<28} {happened}", flush=True)
