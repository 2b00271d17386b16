"""Keys and data folder: made once, never over what others made."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from unionhall.base.provisions import ROOT, ProvisionError, ensure_keys, provided


@pytest.fixture(autouse=True)
def no_keys_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UNIONHALL_SECRET_KEY", raising=False)


def test_keys_are_made_once_and_private(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    written = (tmp_path / "keys.json").read_text()
    ensure_keys(tmp_path)
    assert (tmp_path / "keys.json").read_text() == written
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
    keys = json.loads(written)
    for part in ("field_keys", "index_keys"):
        assert len(base64.b64decode(keys[part]["1"])) == 32
    assert keys["field_keys"] != keys["index_keys"]


def test_of_many_at_once_the_first_ones_keys_count(tmp_path: Path) -> None:
    def keys_seen(_: int) -> str:
        ensure_keys(tmp_path)
        return (tmp_path / "keys.json").read_text()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(keys_seen, range(8)))) == 1


def test_lost_keys_are_not_replaced_beside_a_database(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(ProvisionError, match=r"keys.json is missing"):
        ensure_keys(tmp_path)


def test_environment_is_completed_and_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNIONHALL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", "")
    before = dict(os.environ)
    with provided() as server:
        assert server is not None
        assert os.environ["DATABASE_URL"] == server.url
        assert os.environ["DATABASE_OWNER_URL"] == server.owner_url
    with provided(as_owner=True) as server:
        assert server is not None
        assert os.environ["DATABASE_URL"] == server.owner_url
    assert dict(os.environ) == before


def test_a_server_that_the_environment_names_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNIONHALL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@db.example/unionhall")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner@db.example/unionhall")
    with provided() as server:
        assert server is None
        assert "app@" in os.environ["DATABASE_URL"]
    with provided(as_owner=True):
        assert "owner@" in os.environ["DATABASE_URL"]
    assert not (tmp_path / "data/postgres").exists()


def test_a_change_of_the_schema_gives_up_soon_when_somebody_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNIONHALL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("PGOPTIONS", "-c application_name=somebody")
    with provided(as_owner=True) as server:
        assert server is not None
        with connected() as owner, connected() as reader:
            owner.execute("CREATE TABLE read_by_all (id int)")
            owner.commit()
            reader.execute("SELECT FROM read_by_all")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                owner.execute("ALTER TABLE read_by_all ADD COLUMN more int")
            assert reader.execute("SHOW application_name").fetchone() == ("somebody",)
    with provided(), connected() as application:
        assert application.execute("SHOW lock_timeout").fetchone() == ("0",)


def connected() -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(os.environ["DATABASE_URL"])


def test_a_command_on_an_empty_folder_says_so_in_one_sentence(tmp_path: Path) -> None:
    empty = os.environ | {"UNIONHALL_DATA": str(tmp_path), "DATABASE_URL": ""}
    command = [sys.executable, "manage.py", "appoint", "19900000001", "--union", "x", "--name", "y"]
    ended = subprocess.run(
        command, cwd=ROOT, env=empty, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.strip().startswith(f"There are no tables in {tmp_path}.")
    assert len(ended.stderr.strip().splitlines()) == 1
