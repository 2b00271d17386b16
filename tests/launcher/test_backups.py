"""Backups: any moment comes back whole, and what is not whole is found out."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from backups import dumps, keys, making, sets
from backups.comparing import BLINK, Compared, compare
from backups.rehearsing import NO_LOG, newest
from backups.restoring import restore
from backups.sums import BackupError
from unionhall.base import embedded
from unionhall.base.embedded import EmbeddedError, Server
from unionhall.base.provisions import ROOT, fresh_keys

TABLES = """
    CREATE TABLE deed (id serial PRIMARY KEY, words text);
    CREATE TABLE files_private_file (path text, size bigint);
"""


@dataclass
class House:
    """A living database with a backup, and a moment after it with deeds on both sides."""

    server: Server
    data: Path
    backup: sets.Backup
    moment: dt.datetime
    seen_before: set[int]  # acknowledged before the moment
    begun_after: set[int]


def write_deeds(url: str, acknowledged: dict[int, tuple[dt.datetime, dt.datetime]], stop) -> None:
    """Writes until told to stop; notes of each deed when it began and when it was acknowledged."""
    with psycopg.connect(url, autocommit=True) as database:
        while not stop.is_set():
            begun = database.execute("SELECT clock_timestamp()").fetchone()[0]
            row = database.execute("INSERT INTO deed (words) VALUES ('x') RETURNING id").fetchone()
            ended = database.execute("SELECT clock_timestamp()").fetchone()[0]
            acknowledged[row[0]] = (begun, ended)


def await_deeds(database: psycopg.Connection, acknowledged: dict[int, object], more: int) -> None:
    """However slow the machine is, so many more are acknowledged."""
    wanted = len(acknowledged) + more
    while len(acknowledged) < wanted:
        told(database, "SELECT pg_sleep(0.02)")


def told(database: psycopg.Connection, query: str, *values: object) -> object:
    row = database.execute(query, values).fetchone()
    return row and row[0]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = tmp_path_factory.mktemp("private") / "data"
    data.mkdir()
    (data / "keys.json").write_text(json.dumps(fresh_keys()))
    folder = data / "backups"
    with pytest.MonkeyPatch.context() as environment:
        for name in ("UNIONHALL_SECRET_KEY", *keys.PARTS.values()):
            environment.delenv(name, raising=False)
        with embedded.start(data, ephemeral=True, archive=folder / "wal") as server:
            yield lived_in(server, data, folder)
    embedded.discard(data)


def lived_in(server: Server, data: Path, folder: Path) -> House:
    """Somebody writes all the time: during the backup, and on both sides of the moment."""
    with psycopg.connect(server.owner_url) as database:
        database.execute(TABLES)
        database.execute("INSERT INTO files_private_file VALUES ('ab/paper.pdf', 5)")
    (data / "files/ab").mkdir(parents=True)
    (data / "files/ab/paper.pdf").write_bytes(b"paper")
    acknowledged: dict[int, tuple[dt.datetime, dt.datetime]] = {}
    stop = threading.Event()
    writer = threading.Thread(target=write_deeds, args=(server.url, acknowledged, stop))
    writer.start()
    try:
        backup = making.back_up(server, data, folder)
        with psycopg.connect(server.superuser_url, autocommit=True) as database:
            await_deeds(database, acknowledged, 30)
            pause = 2 * BLINK.total_seconds()
            told(database, "UPDATE deed SET words = 'later' WHERE id = 1 RETURNING id")
            told(database, "SELECT pg_sleep(%s)", pause)
            moment = making.moment_of(database)
            told(database, "SELECT pg_sleep(%s)", pause)
            await_deeds(database, acknowledged, 30)
            told(database, "UPDATE deed SET words = 'after' WHERE id = 2 RETURNING id")
            told(database, "DELETE FROM deed WHERE id = 3 RETURNING id")
    finally:
        stop.set()
        writer.join()
    with psycopg.connect(server.superuser_url, autocommit=True) as database:
        making.finish_segment(database, backup.wal)
    before = {one for one, (_, ended) in acknowledged.items() if ended < moment - BLINK}
    after = {one for one, (begun, _) in acknowledged.items() if begun > moment + BLINK}
    return House(server, data, backup, moment, before, after)


@pytest.fixture
def copied(house: House, tmp_path: Path) -> sets.Backup:
    """The backup with its log and files, for a test to be rough with."""
    subprocess.run(["cp", "-a", house.data / "backups", tmp_path / "backups"], check=True)
    return sets.Backup(tmp_path / "backups" / house.backup.folder.name)


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "new"
    embedded.discard(tmp_path / "new")


@pytest.fixture(scope="module")
def restored(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("restored") / "data"
    key_file = house.data / "keys.json"
    assert restore(house.backup, data, to=house.moment, key_file=key_file) == []
    assert (data / "files/ab/paper.pdf").read_bytes() == b"paper"
    with embedded.start(data, ephemeral=True) as server:
        yield server
    embedded.discard(data)


def compared(house: House, restored: Server, spoil: str = "") -> dict[str, Compared]:
    """What the comparison says; ``spoil`` is said to the restored database before, and taken back."""
    with (
        psycopg.connect(house.server.superuser_url) as living,
        psycopg.connect(restored.superuser_url) as theirs,
    ):
        if spoil:
            with psycopg.connect(restored.superuser_url, autocommit=True) as spoiling:
                spoiling.execute("CREATE TABLE before_it AS TABLE deed")
                spoiling.execute(spoil.encode())
        return {one.table: one for one in compare(living, theirs, house.moment)}


def test_all_that_was_acknowledged_before_the_moment_is_there_and_nothing_that_began_after(
    house: House, restored: Server
) -> None:
    assert len(house.seen_before) > 20
    assert len(house.begun_after) > 20
    with psycopg.connect(restored.url) as database:
        there = {row[0] for row in database.execute("SELECT id FROM deed")}
        assert told(database, "SELECT words FROM deed WHERE id = 1") == "later"
        assert told(database, "SELECT words FROM deed WHERE id = 2") == "x"
    assert house.seen_before <= there
    assert not house.begun_after & there


def test_the_comparison_says_the_same(house: House, restored: Server) -> None:
    deeds = compared(house, restored)["deed"]
    assert (deeds.missing, deeds.extra, deeds.changed_since) == (0, 0, 2)
    assert deeds.before >= len(house.seen_before) - 2
    assert deeds.after >= len(house.begun_after)


@pytest.mark.parametrize(
    ("spoil", "missing", "extra"),
    [
        ("INSERT INTO deed (words) VALUES ('planted')", 0, 1),
        ("DELETE FROM deed WHERE id = 7", 1, 0),
        ("UPDATE deed SET words = 'forged' WHERE id = 7", 1, 1),
    ],
)
def test_a_row_that_was_planted_taken_or_forged_is_found(
    house: House, restored: Server, new: Path, spoil: str, missing: int, extra: int
) -> None:
    subprocess.run(["cp", "-a", restored.place.data, new], check=True)
    shutil.rmtree(new / "log")
    (new / "postgres/18/postmaster.pid").unlink()
    with embedded.start(new, ephemeral=True) as spoiled:
        with psycopg.connect(spoiled.superuser_url, autocommit=True) as database:
            database.execute(spoil.encode())
        deeds = compared(house, spoiled)["deed"]
    assert (deeds.missing, deeds.extra) == (missing, extra)


def test_a_whole_backup_has_no_problems(copied: sets.Backup) -> None:
    assert sets.problems_of(copied) == []
    assert "passwords.json" not in json.dumps(copied.manifest.sums)
    assert not list(copied.folder.parent.rglob("keys.json"))


def test_a_changed_added_or_missing_file_is_found(copied: sets.Backup) -> None:
    version, added = copied.folder / "base/PG_VERSION", copied.folder / "base/added"
    kept = copied.files / "ab/paper.pdf"
    version.write_text("17\n")
    added.touch()
    (copied.folder / "base/pg_hba.conf").unlink()
    kept.write_bytes(b"other")
    assert sorted(sets.problems_of(copied)) == [
        "base/PG_VERSION was changed",
        "base/added was added",
        "base/pg_hba.conf is missing",
        "the private file ab/paper.pdf was changed",
    ]


def test_a_missing_segment_is_found_and_no_moment_behind_it_can_be_had(
    house: House, copied: sets.Backup, new: Path
) -> None:
    (copied.wal / f"{copied.manifest.last}.gz").unlink()
    assert any("is missing" in one for one in sets.problems_of(copied))
    with pytest.raises(EmbeddedError, match=r"before configured recovery target|could not locate"):
        restore(copied, new, to=house.moment, key_file=house.data / "keys.json")


def test_a_damaged_segment_is_found(copied: sets.Backup) -> None:
    segment = copied.wal / f"{copied.manifest.last}.gz"
    content = bytearray(segment.read_bytes())
    content[200] ^= 1  # further on are zeros, which one bit does not always change
    segment.write_bytes(content)
    assert sets.problems_of(copied) == [f"{segment.name} is damaged"]


def test_without_its_keys_nothing_is_restored(house: House, new: Path, tmp_path: Path) -> None:
    other = tmp_path / "keys.json"
    for key_file in (None, other):
        other.write_text(json.dumps(fresh_keys()))
        with pytest.raises(BackupError, match=r"keys of this backup are not here.*field_keys 1"):
            restore(house.backup, new, to=house.moment, key_file=key_file)
    assert not new.exists()


def test_nothing_is_restored_over_a_living_folder_or_to_a_moment_before(
    house: House, new: Path
) -> None:
    key_file = house.data / "keys.json"
    with pytest.raises(BackupError, match="is not empty"):
        restore(house.backup, house.data, to=house.moment, key_file=key_file)
    early = house.backup.ended_at - dt.timedelta(seconds=1)
    with pytest.raises(BackupError, match="knows nothing before"):
        restore(house.backup, new, to=early, key_file=key_file)
    with pytest.raises(BackupError, match="No backup"):
        newest(house.data / "backups", early)


def test_a_private_file_that_is_in_no_backup_is_named(
    house: House, copied: sets.Backup, new: Path
) -> None:
    (copied.files / "ab/paper.pdf").unlink()
    told_of = restore(copied, new, to=house.moment, key_file=house.data / "keys.json")
    assert told_of == ["the private file ab/paper.pdf is in no backup"]


def test_old_backups_are_let_go_with_the_log_that_only_they_needed(copied: sets.Backup) -> None:
    folder = copied.folder.parent
    later = folder / "29990101T000000Z"
    log, log_of_nobody = copied.wal, folder / "wal/20000101T000000Z-00"
    shutil.copytree(log, log_of_nobody)
    shutil.copytree(copied.folder, later)
    manifest = json.loads((later / sets.MANIFEST).read_text())
    last = copied.manifest.last
    ended = (copied.ended_at + dt.timedelta(minutes=10)).isoformat()
    changed = {"first": last, "files": {}, "ended_at": ended}
    (later / sets.MANIFEST).write_text(json.dumps(manifest | changed))
    between = copied.files / "cd/wanted.pdf"  # made and discarded between the two
    between.parent.mkdir()
    between.write_bytes(b"wanted")
    os.utime(between, times=(later_than := copied.ended_at.timestamp() + 900, later_than))
    for days, but, gone in ((-1, 2, 0), (1, 1, 0), (-1, 1, 1)):
        old = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
        assert len(sets.let_go(folder, older_than=old, but=but)) == gone
    assert [one.folder for one in sets.all_in(folder)] == [later]
    assert min(path.name for path in log.glob("0*.gz")) >= f"{last}"
    assert not list(log_of_nobody.glob("0*.gz"))
    assert not (copied.files / "ab/paper.pdf").exists()
    assert between.exists()


def _a_backup(folder: Path, name: str, log: str, first: str = "0" * 24) -> None:
    ended = dt.datetime.strptime(name, sets.NAME).replace(tzinfo=dt.UTC).isoformat()
    (folder / name).mkdir(parents=True)
    manifest = sets.Manifest(ended, 16, first, first, sums={}, files={}, keys={}, log=log)
    sets.write(folder / name, manifest)


def test_a_houses_last_backups_stay_though_another_keeps_newer_ones_beside_them(
    tmp_path: Path,
) -> None:
    for at, log in enumerate(("ours", "ours", "ours", "theirs", "theirs")):
        _a_backup(tmp_path, f"2026010{at + 1}T000000Z", log)
    gone = sets.let_go(tmp_path, older_than=dt.datetime.now(dt.UTC), but=2)
    assert [one.folder.name for one in gone] == ["20260101T000000Z"]
    assert [one.manifest.log for one in sets.all_in(tmp_path)] == ["ours"] * 2 + ["theirs"] * 2


def test_a_server_whose_log_is_not_ours_rehearses_its_dumps_alone(tmp_path: Path) -> None:
    _a_backup(tmp_path, "20260101T000000Z", log="", first="")
    _a_backup(tmp_path, "20260102T000000Z", log="ours")
    assert newest(tmp_path, log=NO_LOG).folder.name == "20260101T000000Z"
    assert newest(tmp_path, log="ours").folder.name == "20260102T000000Z"


def test_a_dump_comes_back_row_by_row(house: House, new: Path, tmp_path: Path) -> None:
    backup = dumps.dump(house.server.owner_url, house.data, tmp_path / "dumps")
    assert sets.problems_of(backup) == []
    assert restore(backup, new, to=None, key_file=house.data / "keys.json") == []
    with (
        embedded.start(new, ephemeral=True) as server,
        psycopg.connect(server.owner_url) as database,
    ):
        assert dumps.tables_in(database) == backup.manifest.tables
        database.execute("DELETE FROM deed WHERE id = 7")
        assert dumps.tables_in(database) != backup.manifest.tables


def test_nothing_is_kept_of_the_log_before_the_first_backup(tmp_path: Path) -> None:
    wal = tmp_path / "wal"
    with embedded.start(tmp_path / "data", ephemeral=True, archive=wal) as server:
        with psycopg.connect(server.superuser_url, autocommit=True) as database:
            told(database, "SELECT pg_current_xact_id()::text")
            told(database, "SELECT pg_switch_wal()::text")
            while not told(database, "SELECT archived_count FROM pg_stat_archiver"):
                told(database, "SELECT pg_sleep(0.05)")
        assert [path for path in wal.rglob("*") if not path.is_dir()] == []
    embedded.discard(tmp_path / "data")


def test_backup_and_rehearsal_by_their_commands(tmp_path: Path) -> None:
    environment = {name: word for name, word in os.environ.items() if "UNIONHALL" not in name}
    environment |= {"UNIONHALL_DATA": str(tmp_path / "data"), "DATABASE_URL": ""}

    def say(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *words]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    assert say("manage.py", "migrate", "--verbosity", "0").returncode == 0
    assert say("-m", "backups", "backup").returncode == 0
    rehearsal = say("-m", "backups", "restore", "--rehearse")
    lines = rehearsal.stdout.splitlines()
    assert rehearsal.returncode == 0, rehearsal.stdout + rehearsal.stderr
    assert lines[-1] == "rehearsal: all came back"
    total = next(line for line in lines if line.startswith("all tables")).split()[2:]
    before, missing, after, extra, *_ = map(int, total)
    assert before > 100
    assert after >= 1
    assert (missing, extra) == (0, 0)
    assert "0 missing rows before, 0 extra rows after the chosen moment" in lines
    assert not list((tmp_path / "data/backups").glob("rehearsal-*"))
    with making.alone(tmp_path / "data/backups"):
        assert say("-m", "backups", "backup", "--files").returncode == os.EX_TEMPFAIL
    assert say("-m", "backups", "backup", "--files").returncode == 0
    (backup,) = sets.all_in(tmp_path / "data/backups")
    (backup.wal / f"{backup.manifest.first}.gz").unlink()
    spoiled = say("-m", "backups", "restore", "--rehearse")
    assert spoiled.returncode == 1
    assert "OFF backup: segment" in spoiled.stdout
    embedded.discard(tmp_path / "data")
