"""Restores a backup into a new data folder, never over a living one."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from pathlib import Path

import psycopg

from backups import dumps, keys, making, sets
from backups.sums import BackupError, copy_whole
from unionhall.base import embedded
from unionhall.base.embedded.programs import bundled
from unionhall.base.ledger import anchor

PATHS = "SELECT path, size FROM files_private_file ORDER BY path"
BLOCKS = "SELECT number, last_id, chained FROM ledger_seal ORDER BY number"
HAS_BLOCKS = "SELECT to_regclass('ledger_seal') IS NOT NULL"
HAS_FILES = "SELECT to_regclass('files_private_file') IS NOT NULL"


def restore(
    backup: sets.Backup, data: Path, *, to: dt.datetime | None, key_file: Path | None
) -> list[str]:
    """Makes the new data folder; the sentences about private files that could not be had.

    ``to``: the moment, None for the last one there is. Raises BackupError and EmbeddedError.
    """
    manifest = backup.manifest
    if data.exists() and any(data.iterdir()):
        raise BackupError(f"{data} is not empty: a backup goes into a new folder. Name another.")
    keys.demand(manifest.keys, data, key_file)
    if to is not None and (backup.is_dump or to < backup.ended_at):
        raise BackupError(
            f"This backup knows {'only' if backup.is_dump else 'nothing before'} "
            f"{manifest.ended_at}: choose another moment, or another backup."
        )
    data.mkdir(parents=True, mode=0o711, exist_ok=True)
    keys.put(key_file, data)
    if backup.is_dump:
        dumps.load(backup, data)
    else:
        demand_version(manifest.version)
        moment = "" if to is None else to.astimezone(dt.UTC).isoformat(sep=" ")
        embedded.recover(data, backup.folder / sets.BASE, backup.wal, until=moment)
    with embedded.start(data, ephemeral=True) as server:
        put_anchor(server, backup.folder / anchor.NAME, data / anchor.NAME)
        return put_files(server, backup.files, data / sets.FILES)


def put_anchor(server: embedded.Server, kept: Path, target: Path) -> None:
    """The ledger's anchor as the backup has it, gone on with by what was sealed from then to the moment.

    What the living house anchored later is not in it: those blocks are not in the restored house. An anchor made of
    the restored blocks alone would call them true, whatever they are: that is left to an operator, and told in the ledger.
    """
    if kept.exists():
        copy_whole(kept, target)
    with psycopg.connect(server.owner_url) as database:
        if database.execute(HAS_BLOCKS).fetchone() != (True,):
            return
        blocks = database.execute(BLOCKS).fetchall()
    if blocks and not kept.exists():
        print(
            "The backup keeps no anchor of the ledger, though blocks are sealed: the audit is red until "
            "you know why, and say bin/manage anchor --begin."
        )
    elif blocks:
        with suppress(ValueError):  # its last line is damaged: the audit will say so
            anchor.append(target, ((one[0], anchor.line(*one)) for one in blocks))


def begin_anew(data: Path, folder: Path) -> sets.Backup:
    """The first backup of a restored house. Raises BackupError.

    Its log is one of its own from here on, and nothing of it can be had without a base of its own.
    """
    with embedded.start(data, ephemeral=True, archive=folder / sets.WAL) as server:
        return making.back_up(server, data, folder)


def demand_version(version: int) -> None:
    """A cluster is read by the version that wrote it. Raises BackupError."""
    if version != bundled().version:
        raise BackupError(
            f"This backup is of PostgreSQL {version}; here is {bundled().version}. Restore it with "
            "the release of Unionhall that made it, then move on by bin/backup --dump."
        )


def put_files(server: embedded.Server, pool: Path, target: Path) -> list[str]:
    """Copies the private files that the restored database names; a sentence for each it lacks."""
    with psycopg.connect(server.owner_url) as database:
        if database.execute(HAS_FILES).fetchone() != (True,):
            return []
        named = database.execute(PATHS).fetchall()
    problems = []
    for name, size in named:
        if not (pool / name).exists():
            problems.append(f"the private file {name} is in no backup")
            continue
        copy_whole(pool / name, target / name)
        if (target / name).stat().st_size != size:
            problems.append(f"the private file {name} has another size than the database says")
    return problems
