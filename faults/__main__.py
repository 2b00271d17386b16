"""``bin/faults``: breaks a house of its own in every way of the table, and fails if anything is lost.

Loopback only, its own children only, one temporary folder; nothing of another database is touched.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection

from faults import cluster
from faults.bed import BARE, SMALL, Bed
from faults.guardian import guarded
from faults.outcome import GOALS, HEAD
from unionhall.base import provisions
from unionhall.base.embedded.place import run_folder

SHORT = {"kills": 20, "freezes": 1, "answers": 12}  # everybody in the crowd has one, about
FULL = {"kills": 300, "freezes": 5, "answers": 300}
PEOPLE, PRIZES = 40, 12
CONTESTS_PER_KILL = 5
MODULES = {  # the name of a fault, and where it is
    "kills": "kills",
    "freezes": "freezes",
    "exhaustion": "crowding",
    "slow_clients": "crowding",
    "nth_call": "calls",
    "migration": "migrations",
    "disk_full": "disk",
    "clock": "clock",
}


def main(words: list[str]) -> int:
    """The exit code: 0 if nothing was lost and every control failed; with ``--full``, in time as well."""
    given, held = read(words), True
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # clear up then, too
    if not given.json:
        print(f"seed {given.seed}\n{HEAD}", flush=True)
    with bed(given.seed, times(given), full=given.full) as one:
        for name in given.names:
            fault = getattr(importlib.import_module(f"faults.{MODULES[name]}"), name)
            for outcome in fault(one):
                outcome.timed = given.full
                print(outcome.as_json() if given.json else outcome.as_lines(), flush=True)
                held = held and outcome.ok
    if not given.json:
        print(GOALS if given.full else f"{GOALS} (times decide with --full only)")
    return 0 if held else 1


def read(words: list[str]) -> argparse.Namespace:
    """The options of bin/faults."""
    parser = argparse.ArgumentParser(prog="bin/faults", description="Break it, and look.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MODULES)}")
    parser.add_argument("--without", action="append", default=[], metavar="NAME")
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--full", action="store_true", help="300 kills instead of 20")
    parser.add_argument("--kills", type=int, help="another number of kills")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = parser.parse_args(words)
    if unknown := {*given.names, *given.without} - set(MODULES):
        parser.error(f"no fault of the name {', '.join(sorted(unknown))}")
    given.names = [name for name in given.names or MODULES if name not in given.without]
    return given


def times(given: argparse.Namespace) -> dict[str, int]:
    """How often each is done."""
    fixed = FULL if given.full else SHORT
    return fixed | ({"kills": given.kills} if given.kills else {})


@contextmanager
def bed(seed: int, times: dict[str, int], *, full: bool) -> Iterator[Bed]:
    """A cluster whose pristine database holds the stage; gone behind the block."""
    folder = Path(tempfile.mkdtemp(prefix="unionhall-faults-")).resolve()
    folder.chmod(0o711)
    environment(folder)
    places = (folder, folder / SMALL)
    with (
        guarded(*places, *map(run_folder, places)),
        cluster.cluster(folder) as ours,
    ):
        os.environ["DATABASE_URL"] = ours.server.owner_url
        django.setup()
        began = time.monotonic()
        call_command("migrate", verbosity=0)
        took = time.monotonic() - began
        connection.close()
        ours.copy(BARE)
        contests = max(times["kills"], SHORT["kills"]) * CONTESTS_PER_KILL
        stage = importlib.import_module("faults.stage").staged(PEOPLE, contests, PRIZES)
        connection.close()
        yield Bed(ours, stage, seed, migrated_s=took, full=full, **times)


def environment(folder: Path) -> None:
    """Of this process and of all its children."""
    os.environ.pop("DATABASE_OWNER_URL", None)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")  # kept, as on every server
    os.environ["UNIONHALL_TEST_IDS"] = "1"  # all people are made up
    os.environ["UNIONHALL_LOG"] = "WARNING"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unionhall.site.settings")
    os.environ["UNIONHALL_DATA"] = str(folder)
    os.environ["UNIONHALL_ANCHOR"] = ""  # its own, not that of a house in earnest
    provisions.ensure_keys(folder)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("stopped")
