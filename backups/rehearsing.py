"""Restores elsewhere, holds what came back against the living database, and clears away."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import django
import psycopg

from backups import dumps, sets
from backups.comparing import BLINK, Compared, compare
from backups.making import copy_files, finish_segment, moment_of
from backups.restoring import restore
from backups.sums import BackupError
from unionhall.base import embedded
from unionhall.base.embedded import Server
from unionhall.base.embedded.archive import log_of
from unionhall.base.ledger import anchor
from unionhall.base.provisions import ROOT


def rehearse(backup: sets.Backup, living: Server, data: Path, to: dt.datetime | None) -> int:
    """Prints what was found; how many things are off."""
    problems = sets.problems_of(backup)
    if problems:
        return tell("backup", problems)
    log = log_of(living.place.cluster)
    if to is None and backup.manifest.log != log:
        raise BackupError(
            f"{backup.folder.name} was made of what this house was restored from: it knows no "
            "moment since. Say one before that: --to TIME"
        )
    moment = to or choose_moment(living)
    with psycopg.connect(living.superuser_url, autocommit=True) as database:
        copy_files(data / sets.FILES, backup.files)
        finish_segment(database, backup.folder.parent / sets.WAL / log)
    with elsewhere(backup.folder.parent) as folder:
        told = restore(backup, folder, to=moment, key_file=data / "keys.json")
        print(f"restored {backup.folder.name} to {moment.isoformat()}")
        off = tell("files", told)
        with embedded.start(folder, ephemeral=True) as restored:
            off += tell("rows", list(table(living, restored, moment)))
            off += audit(restored, folder)
    return off


def rehearse_dump(backup: sets.Backup, data: Path) -> int:
    """The same for a dump, which knows one moment: its tables are held against its manifest."""
    problems = sets.problems_of(backup)
    if problems:
        return tell("backup", problems)
    with elsewhere(backup.folder.parent) as folder:
        off = tell("files", restore(backup, folder, to=None, key_file=data / "keys.json"))
        with embedded.start(folder, ephemeral=True) as restored:
            with psycopg.connect(restored.superuser_url) as database:
                found = dumps.tables_in(database)
            wanted = backup.manifest.tables
            tables = sorted(wanted.keys() | found.keys())
            bad = [name for name in tables if wanted.get(name) != found.get(name)]
            print(f"restored {backup.folder.name}: {len(tables)} tables, {len(bad)} differ")
            off += tell("rows", [f"{name} differs from what was dumped" for name in bad])
            off += audit(restored, folder)
    return off


def choose_moment(living: Server) -> dt.datetime:
    """Now; with something on record before it, which must come back, and after it, which must not."""
    note("before")
    with psycopg.connect(living.superuser_url, autocommit=True) as database:
        database.execute("SELECT pg_sleep(%s)", [2 * BLINK.total_seconds()])
        moment = moment_of(database)
        database.execute("SELECT pg_sleep(%s)", [2 * BLINK.total_seconds()])
    note("after")
    return moment


def note(side: str) -> None:
    """An entry of the ledger, as the application makes it."""
    django.setup()
    from unionhall.base.ledger import actions as ledger  # noqa: PLC0415 - needs what setup makes

    ledger.record_of_the_house("ledger.rehearsal_noted", side=side)


@contextmanager
def elsewhere(backups: Path) -> Iterator[Path]:
    """A new data folder, gone afterwards with all that was restored into it."""
    for left in backups.glob("rehearsal-*"):  # of one that was killed: we are alone here
        embedded.discard(left / "data")
        left.rmdir()
    with tempfile.TemporaryDirectory(prefix="rehearsal-", dir=backups) as name:
        Path(name).chmod(0o711)  # the server walks through, as in every data folder
        try:
            yield Path(name, "data")
        finally:
            embedded.discard(Path(name, "data"))


def table(living: Server, restored: Server, moment: dt.datetime) -> Iterator[str]:
    """Prints a line per table that is not empty, and one for all; a sentence for each that is off."""
    with (
        psycopg.connect(living.superuser_url) as ours,
        psycopg.connect(restored.superuser_url) as theirs,
    ):
        found = list(compare(ours, theirs, moment))
    widest = max([len(one.table) for one in found], default=0)
    heading = ("before", "missing", "after", "extra", "changed", "within")
    print(f"{'rows':<{widest}}" + "".join(f"{word:>10}" for word in heading))
    total = Compared("all tables", *(sum(column) for column in zip(*counts(found), strict=True)))
    for one in [*(one for one in found if any(counts([one])[0])), total]:
        print(f"{one.table:<{widest}}" + "".join(f"{count:>10}" for count in counts([one])[0]))
    print(f"{total.missing} missing rows before, {total.extra} extra rows after the chosen moment")
    for one in found:
        if one.missing or one.extra:
            yield f"{one.table}: {one.missing} missing, {one.extra} extra"
    if not total.before:
        yield "nothing was compared: the living database has no row from before the moment"


def counts(found: list[Compared]) -> list[tuple[int, ...]]:
    """The numbers of each, in the order of the heading."""
    return [
        (one.before, one.missing, one.after, one.extra, one.changed_since, one.within)
        for one in found
    ]


def audit(restored: Server, data: Path) -> int:
    """Runs `manage.py audit` on what was restored, with its keys and files; 1 if it is not green."""
    told = {"UNIONHALL_DATA": str(data), "DATABASE_URL": restored.url}
    told["UNIONHALL_ANCHOR"] = str(data / anchor.NAME)  # not the living house's
    ended = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, str(ROOT / "manage.py"), "audit"],
        env=os.environ | told,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = ended.stdout.strip().splitlines() or ended.stderr.strip().splitlines() or ["audit: -"]
    print(lines[-1])
    bad = [line for line in lines if line.startswith(("BROKEN", "          "))]
    return tell("audit", bad or lines[-1:]) if ended.returncode else 0


def tell(what: str, problems: list[str]) -> int:
    """Prints what is off; how much."""
    for problem in problems:
        print(f"OFF {what}: {problem}")
    return len(problems)


NO_LOG: Final = "/"  # of a server whose log we do not have: no folder has this name


def newest(
    folder: Path, before: dt.datetime | None = None, *, log: str | None = None
) -> sets.Backup:
    """The newest backup that can be brought to a moment. Raises BackupError.

    ``log``: whose, as ``Manifest.log`` says, or NO_LOG; dumps are anybody's. None: of whoever's.
    """
    fitting = [
        one
        for one in sets.all_in(folder)
        if (before is None or one.ended_at <= before)
        and (log is None or one.is_dump or one.manifest.log == log)
    ]
    if not fitting:
        raise BackupError(f"No backup in {folder} goes back so far: run bin/backup first.")
    return fitting[-1]
