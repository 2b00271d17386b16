"""A house that was restored goes on by itself: two histories of one beginning are never mixed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from backups import keys, making, sets
from backups.comparing import BLINK, Compared, compare
from backups.rehearsing import newest, rehearse
from backups.restoring import begin_anew, restore
from backups.sums import BackupError
from unionhall.base import embedded
from unionhall.base.embedded import Server
from unionhall.base.embedded.archive import NAME, log_of
from unionhall.base.provisions import fresh_keys

PAUSE_S = 2 * BLINK.total_seconds()


@pytest.fixture(autouse=True)
def own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UNIONHALL_SECRET_KEY", *keys.PARTS.values()):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "keys.json").write_text(json.dumps(fresh_keys()))


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    """One folder of backups for all houses."""
    return tmp_path / "backups"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """The data folder of a house by its name."""
    made = []

    def folder(name: str) -> Path:
        made.append(tmp_path / name)
        return made[-1]

    yield folder
    for data in made:
        embedded.discard(data)


def living(data: Path, pool: Path) -> Server:
    return embedded.start(data, ephemeral=True, archive=pool / "wal")


def write(server: Server, *words: str) -> dt.datetime:
    """Each a row, committed; a moment that is clearly behind them and before whatever comes."""
    with psycopg.connect(server.superuser_url, autocommit=True) as database:
        for word in words:
            database.execute("INSERT INTO deed (words) VALUES (%s)", [word])
        database.execute("SELECT pg_sleep(%s)", [PAUSE_S])
        moment = making.moment_of(database)
        database.execute("SELECT pg_sleep(%s)", [PAUSE_S])
    return moment


def finish(server: Server, pool: Path) -> None:
    """All that was written so far comes into the archive."""
    with psycopg.connect(server.superuser_url, autocommit=True) as database:
        making.finish_segment(database, pool / "wal" / log_of(server.place.cluster))


def deeds_in(server: Server) -> set[str]:
    with psycopg.connect(server.superuser_url) as database:
        return {str(words) for (words,) in database.execute("SELECT words FROM deed")}


def begin(data: Path, pool: Path, key_file: Path) -> tuple[sets.Backup, dt.datetime]:
    """A first house: a backup, a deed behind it, and the moment after that; it writes on."""
    data.mkdir()
    (data / "keys.json").write_text(key_file.read_text())
    with living(data, pool) as server:
        with psycopg.connect(server.owner_url) as database:
            database.execute("CREATE TABLE deed (id serial PRIMARY KEY, words text)")
        write(server, "begun")
        backup = making.back_up(server, data, pool)
        moment = write(server, "common")
        write(server, "only the first")
        finish(server, pool)
    return backup, moment


def brought_back(
    backup: sets.Backup, data: Path, to: dt.datetime | None, key_file: Path
) -> set[str]:
    """What a house holds that is restored from here."""
    assert restore(backup, data, to=to, key_file=key_file) == []
    with embedded.start(data, ephemeral=True) as server:
        return deeds_in(server)


def test_each_of_three_histories_comes_back_by_itself(
    house: Callable[[str], Path], pool: Path, tmp_path: Path
) -> None:
    """The first house writes on beside the second, which was restored; a third is restored from both."""
    key_file = tmp_path / "keys.json"
    backup, moment = begin(house("first"), pool, key_file)
    second, twin = house("second"), house("twin")
    seconds, twins = (
        {"begun", "common"} | {f"{name} {n}" for n in range(3)} for name in ("s", "t")
    )
    for data in (second, twin):  # two of one moment: both are of the same timeline
        assert brought_back(backup, data, moment, key_file) == {"begun", "common"}
        begin_anew(data, pool)
    with living(second, pool) as server, living(twin, pool) as other:
        before = write(server, "s 0", "s 1", "s 2")
        write(other, "t 0", "t 1", "t 2")
        write(server, "s 3")
        for one in (server, other):
            finish(one, pool)
        own, others = (newest(pool, log=log_of(one.place.cluster)) for one in (server, other))
        again = house("again")
        assert brought_back(own, again, before, key_file) == seconds
        assert off(server, again, before) == (0, 0)
    assert brought_back(own, house("again at the end"), None, key_file) == seconds | {"s 3"}
    assert brought_back(others, house("twin again"), None, key_file) == twins
    everything = brought_back(backup, house("first again"), None, key_file)
    assert everything == {"begun", "common", "only the first"}
    assert brought_back(backup, house("first, before"), moment, key_file) == {"begun", "common"}


def off(server: Server, data: Path, moment: dt.datetime) -> tuple[int, int]:
    """How many rows are missing before the moment, and extra after it."""
    with (
        embedded.start(data, ephemeral=True) as restored,
        psycopg.connect(server.superuser_url) as ours,
        psycopg.connect(restored.superuser_url) as theirs,
    ):
        found: list[Compared] = list(compare(ours, theirs, moment))
    return sum(one.missing for one in found), sum(one.extra for one in found)


def test_without_logs_of_their_own_two_histories_would_be_mixed(
    house: Callable[[str], Path], pool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: both keep their log in one folder. The one that comes second cannot put its own there."""
    key_file = tmp_path / "keys.json"
    monkeypatch.setattr(making, "PATIENCE_S", 5.0)
    backup, moment = begin(house("first"), pool, key_file)
    logs = []
    for name in ("second", "twin"):
        data = house(name)
        brought_back(backup, data, moment, key_file)
        (data / "postgres/18" / NAME).write_text("shared\n")
        logs.append(data)
    begin_anew(logs[0], pool)
    with pytest.raises(BackupError, match="The server did not put"):
        begin_anew(logs[1], pool)


def test_a_restored_house_does_not_rehearse_with_what_it_was_restored_from(
    house: Callable[[str], Path], pool: Path, tmp_path: Path
) -> None:
    key_file = tmp_path / "keys.json"
    backup, moment = begin(house("first"), pool, key_file)
    second = house("second")
    brought_back(backup, second, moment, key_file)
    with living(second, pool) as server:
        with pytest.raises(BackupError, match="No backup"):
            newest(pool, log=log_of(server.place.cluster))
        with pytest.raises(BackupError, match="restored from"):
            rehearse(backup, server, second, None)
