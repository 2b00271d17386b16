"""Makes a backup of the embedded server, of its log and of the private files."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

import psycopg

from backups import sets
from backups.keys import fingerprints
from backups.segments import archived
from backups.sums import PART, BackupError, OccupiedError, copy_whole, is_same, sums_below
from unionhall.base.embedded import Server
from unionhall.base.embedded.archive import WANTED, log_of
from unionhall.base.embedded.place import SOCKET_NAME, give_to_server
from unionhall.base.embedded.programs import bundled
from unionhall.base.ledger import anchor

PATIENCE_S: Final = (
    120.0  # for a finished segment to come into the archive, or another backup to end
)
FIRST_SEGMENT: Final = re.compile(r"START WAL LOCATION: .* \(file ([0-9A-F]{24})\)")
PORT: Final = SOCKET_NAME.rsplit(".", 1)[1]


def back_up(server: Server, data: Path, folder: Path) -> sets.Backup:
    """A new backup in ``folder``, whole when this returns. Raises BackupError."""
    with alone(folder), psycopg.connect(server.superuser_url, autocommit=True) as database:
        log = log_of(server.place.cluster)
        begin_archive(database, folder / sets.WAL / log)
        finish_segment(database, folder / sets.WAL / log)  # else the copy would wait for ever
        part, pool = new_part(folder), folder / sets.FILES
        keep_anchor(data, part)
        before = copy_files(data / sets.FILES, pool)  # what is discarded before the base ends
        read_base(server, part / sets.BASE)
        ended_at = moment_of(database)
        last = finish_segment(database, folder / sets.WAL / log)
        label = (part / sets.BASE / "backup_label").read_text()
        begun = FIRST_SEGMENT.search(label)
        if begun is None:
            raise BackupError(f"The server told no first segment: {label!r}")
        manifest = sets.Manifest(
            ended_at=ended_at.isoformat(),
            version=database.info.server_version // 10000,
            first=begun[1],
            last=last,
            sums=sums_below(part),
            files=sets.sums_of(folder, before | copy_files(data / sets.FILES, pool)),
            keys=fingerprints(data),
            log=log,
        )
        return seal(part, manifest)


@contextmanager
def alone(folder: Path, *, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """One backup at a time; whoever comes second waits. Raises OccupiedError when that takes too long."""
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)  # the server walks through to its log
    with (folder / "lock").open("w") as lock:
        until = time.monotonic() + patience_s
        while not _is_ours(lock):
            if time.monotonic() > until:
                raise OccupiedError("Another backup is being made here: wait for its end.")
            time.sleep(0.2)
        yield


def _is_ours(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def new_part(folder: Path) -> Path:
    """An empty folder that is no backup yet."""
    part = folder / f"{dt.datetime.now(dt.UTC):{sets.NAME}}.part"
    part.mkdir(mode=0o700)
    return part


def keep_anchor(data: Path, part: Path) -> None:
    """Copies the ledger's anchor, before the moment that the backup is of: no block is in it that a restore lacks.

    A house that is some minutes old has none yet, and no block either; any other is told.
    """
    file = anchor.file_in(data)
    if file.exists():
        copy_whole(file, part / anchor.NAME)
    else:
        print(
            f"There is no anchor of the ledger at {file}: this backup keeps none, and cannot say whether "
            "sealed blocks were forged. If blocks are sealed here, look why, then bin/manage anchor --begin."
        )


def seal(part: Path, manifest: sets.Manifest) -> sets.Backup:
    """Writes the manifest and gives the backup its name."""
    sets.write(part, manifest)
    return sets.Backup(part.rename(part.with_suffix("")))


def begin_archive(database: psycopg.Connection[tuple[object, ...]], wal: Path) -> None:
    """From here on the server keeps its log. Raises BackupError if it was started without."""
    if database.execute("SHOW archive_mode").fetchone() != ("on",):
        raise BackupError(
            "This server was started before backups were thought of, and keeps no log: stop all "
            "that uses it (web, worker), start it again, then run bin/backup again."
        )
    (wal / WANTED).touch()
    give_to_server(wal / WANTED)


def read_base(server: Server, base: Path) -> None:
    """Copies the running cluster, in pages as the server hands them out. Raises BackupError."""
    installation = bundled()
    program = installation.folder / installation.programs / "pg_basebackup"
    words = [program, "-D", base, "-h", server.place.socket, "-p", PORT, "-U", "postgres"]
    words += ["--wal-method=none", "--checkpoint=fast", "--no-manifest", "--no-password"]
    run(words, {"PGPASSWORD": server.passwords["postgres"]})


def run(words: list[str | Path], environment: dict[str, str]) -> None:
    """Runs a PostgreSQL program. Raises BackupError with what it said last."""
    ended = subprocess.run(  # noqa: S603 - our own words
        [str(word) for word in words],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        said = (ended.stderr.strip().splitlines() or ["nothing"])[-1]
        raise BackupError(f"{Path(words[0]).name} failed: {said}")


def moment_of(database: psycopg.Connection[tuple[object, ...]]) -> dt.datetime:
    """The server's clock."""
    row = database.execute("SELECT clock_timestamp()").fetchone()
    if row is None or not isinstance(row[0], dt.datetime):
        raise BackupError("The server has no clock.")
    return row[0].astimezone(dt.UTC)


def finish_segment(database: psycopg.Connection[tuple[object, ...]], wal: Path) -> str:
    """Ends the running segment and waits until the archive has it; its name. Raises BackupError."""
    database.execute("SELECT pg_current_xact_id()")  # a commit, so that there is something after
    row = database.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    name = str(row and row[0])
    deadline = time.monotonic() + PATIENCE_S
    while name not in archived(wal) or last_kept_by(database) < name:
        if time.monotonic() > deadline:
            failed = database.execute("SELECT last_failed_wal FROM pg_stat_archiver").fetchone()
            raise BackupError(
                f"The server did not put {name} into {wal} in {PATIENCE_S:.0f} s (the last that "
                f"failed: {failed and failed[0]}). Is the disk full, or was the server started "
                "with another UNIONHALL_BACKUPS? Its log says more."
            )
        time.sleep(0.05)
    return name


def last_kept_by(database: psycopg.Connection[tuple[object, ...]]) -> str:
    """The last segment that this server put into an archive; a name alone may be another's work."""
    row = database.execute("SELECT last_archived_wal FROM pg_stat_archiver").fetchone()
    return str((row and row[0]) or "")[:24]


def copy_files(source: Path, pool: Path) -> set[str]:
    """Copies the private files that the pool lacks; the names of all that live.

    A file is named at random and never changes: of one that has its size and its time it is known
    that it is the same, and it is not read again.
    """
    living = set()
    for path in source.rglob("*"):
        name = str(path.relative_to(source))
        try:
            if path.is_dir() or path.name.endswith(PART):
                continue
            if not is_same(path, pool / name):
                copy_whole(path, pool / name)
        except FileNotFoundError:
            continue  # discarded meanwhile
        living.add(name)
    return living
