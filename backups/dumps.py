"""The way for a server that others run: one dump, of one moment."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from backups import making, sets
from backups.comparing import columns_of, digest
from backups.keys import fingerprints
from backups.sums import BackupError, sums_below
from unionhall.base import embedded
from unionhall.base.embedded.programs import bundled

Tables = dict[str, list[int]]
LEDGER: Final = """
    SELECT ledger_keep_off(relid) FROM pg_partition_tree('ledger_entry')
    UNION ALL SELECT ledger_keep_off(seals) FROM to_regclass('ledger_seal') AS seals WHERE seals IS NOT NULL
"""
HAS_LEDGER: Final = "SELECT to_regclass('ledger_entry') IS NOT NULL"


def dump(url: str, data: Path, folder: Path) -> sets.Backup:
    """A dump and the digests of its tables, of the same snapshot. Raises BackupError."""
    with making.alone(folder), psycopg.connect(url) as database:
        part = making.new_part(folder)
        making.keep_anchor(data, part)
        database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = database.execute("SELECT pg_export_snapshot(), now()").fetchone()
        if row is None:
            raise BackupError("The server gives no snapshot.")
        parts = conninfo_to_dict(url)
        secret = {
            "PGPASSWORD": str(parts.pop("password", "") or "")
        }  # a command line is read by all
        words = [program("pg_dump"), "-d", make_conninfo(**parts), "-Fc", "-f", part / sets.DUMP]
        making.run([*words, f"--snapshot={row[0]}"], secret)
        manifest = sets.Manifest(
            ended_at=row[1].astimezone(dt.UTC).isoformat(),
            version=database.info.server_version // 10000,
            first="",
            last="",
            sums=sums_below(part),
            files=sets.sums_of(folder, making.copy_files(data / sets.FILES, folder / sets.FILES)),
            keys=fingerprints(data),
            tables=tables_in(database),
        )
        return making.seal(part, manifest)


def load(backup: sets.Backup, data: Path) -> None:
    """Makes an embedded server's data folder of a dump. Raises BackupError and EmbeddedError."""
    with embedded.start(data, ephemeral=True) as server:
        parts = conninfo_to_dict(server.owner_url)
        secret = {"PGPASSWORD": str(parts.pop("password", "") or "")}
        words = [program("pg_restore"), "-d", make_conninfo(**parts), "--no-owner"]
        words += ["--no-privileges", "--exit-on-error", backup.folder / sets.DUMP]
        making.run(words, secret)
        with psycopg.connect(server.owner_url) as database:
            if database.execute(HAS_LEDGER).fetchone() == (True,):
                database.execute(LEDGER)  # what a migration took from the application's role


def tables_in(database: psycopg.Connection[tuple[object, ...]]) -> Tables:
    """For each table its rows and the sum of their digests."""
    database.execute("SET LOCAL timezone = 'UTC'")
    query = sql.SQL("SELECT count(*), coalesce(sum({}), 0)::text FROM {}")
    found = {}
    for table, columns in columns_of(database).items():
        asked = query.format(digest(columns), sql.SQL(table))
        count, total = database.execute(asked).fetchone() or (0, "0")
        found[table] = [int(str(count)), int(str(total))]
    return found


def program(name: str) -> Path:
    """One that comes with the embedded server; it reads older servers as well."""
    installation = bundled()
    return installation.folder / installation.programs / name
