"""The ledger's anchor comes back with a backup: a restored house is told of no tampering that never was."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backups import sets
from unionhall.base import embedded
from unionhall.base.ledger import anchor
from unionhall.base.provisions import ROOT, fresh_keys

A_BLOCK = """
from unionhall.base.clock import now_in_database
from unionhall.base.ledger import actions as ledger
ledger.record_of_the_house("x.y")
while not ledger.seal_entries():
    pass
print(now_in_database().isoformat())
"""


class Houses:
    """Commands, on one house or another."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.environment = {
            name: word for name, word in os.environ.items() if "UNIONHALL" not in name
        } | {"DATABASE_URL": "", "UNIONHALL_BACKUPS": str(folder / "backups")}

    def say(self, *words: str, data: Path | None = None, **more: str) -> str:
        """What was said, of a command that ended well."""
        ended = self.ended(*words, data=data, **more)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout.strip()

    def ended(
        self, *words: str, data: Path | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        environment = self.environment | {"UNIONHALL_DATA": str(data or self.data)} | more
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def seal(self, data: Path | None = None) -> dt.datetime:
        """One block more, with its line; a moment after it."""
        told = self.say("manage.py", "shell", "--no-imports", "-c", A_BLOCK, data=data)
        return dt.datetime.fromisoformat(told.splitlines()[-1])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    """A house with all its tables, made by a server that need not outlive a power cut: that is ten times as quick."""
    houses = Houses(tmp_path_factory.mktemp("built"))
    houses.data.mkdir()
    (houses.data / "keys.json").write_text(json.dumps(fresh_keys()))
    with embedded.start(houses.data, ephemeral=True) as server:
        houses.say("manage.py", "migrate", "--verbosity", "0", DATABASE_URL=server.owner_url)
    yield houses
    embedded.discard(houses.data)


@pytest.fixture
def houses(built: Houses, tmp_path: Path) -> Iterator[Houses]:
    subprocess.run(["cp", "-a", built.data, tmp_path / "data"], check=True)
    yield Houses(tmp_path)
    for one in ("data", "earlier", "of_a_dump", "back"):
        embedded.discard(tmp_path / one)


def lines(data: Path) -> list[str]:
    return list(anchor.lines(data / anchor.NAME))


def test_a_restored_house_goes_on_from_the_anchor_of_its_backup(
    houses: Houses, tmp_path: Path
) -> None:
    houses.seal()
    houses.say("-m", "backups", "backup")
    (backup,) = sets.all_in(tmp_path / "backups")
    moment = houses.seal()
    houses.seal()
    first, second, third = lines(houses.data)
    assert list(anchor.lines(backup.folder / anchor.NAME)) == [first]

    assert "rehearsal: all came back" in houses.say("-m", "backups", "restore", "--rehearse")

    earlier = tmp_path / "earlier"
    back = ["restore", str(backup.folder), "--into", str(earlier), "--to", moment.isoformat()]
    houses.say("-m", "backups", *back)
    assert lines(earlier) == [first, second]
    houses.seal(earlier)
    assert lines(earlier)[:2] == [first, second]
    assert lines(earlier)[2] != third
    houses.say("manage.py", "audit", data=earlier)
    with_the_old_one = {"UNIONHALL_ANCHOR": str(houses.data / anchor.NAME)}
    audit = houses.ended("manage.py", "audit", data=earlier, **with_the_old_one)
    assert audit.returncode == 1
    assert f"another one was anchored: {third}" in audit.stdout

    houses.say("-m", "backups", "backup", "--dump")
    dump = sets.all_in(tmp_path / "backups")[-1]
    assert dump.is_dump
    of_a_dump = tmp_path / "of_a_dump"
    houses.say("-m", "backups", "restore", str(dump.folder), "--into", str(of_a_dump))
    houses.seal(of_a_dump)
    assert lines(of_a_dump)[:3] == lines(houses.data)
    houses.say("manage.py", "audit", data=of_a_dump)


def test_a_restore_makes_no_anchor_that_the_backup_lacks(houses: Houses, tmp_path: Path) -> None:
    """Who forges the ledger and takes the file away would else be forgiven by the next restore."""
    houses.seal()
    (houses.data / anchor.NAME).unlink()
    assert "this backup keeps none" in houses.say("-m", "backups", "backup", "--dump")
    (dump,) = sets.all_in(tmp_path / "backups")
    back = tmp_path / "back"
    said = houses.say("-m", "backups", "restore", str(dump.folder), "--into", str(back))
    assert "bin/manage anchor --begin" in said
    assert not (back / anchor.NAME).exists()
    audit = houses.ended("manage.py", "audit", data=back)
    assert audit.returncode == 1
    assert "there is no anchor" in audit.stdout
