"""The embedded server: its roles, its sharing, and its way back after every kind of kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from unionhall.base.embedded import EmbeddedError, Server, discard, start
from unionhall.base.embedded.cluster import APP, DATABASE, SUPERUSER
from unionhall.base.embedded.server import url_for
from unionhall.base.provisions import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = """
import sys, time
from pathlib import Path
from unionhall.base.embedded import start
with start(Path(sys.argv[1]), ephemeral=sys.argv[2] == "ephemeral"):
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder below one that lets nobody in."""
    private = tmp_path_factory.mktemp("private")
    private.chmod(0o700)
    return private / "data"


@pytest.fixture
def server(data: Path) -> Iterator[Server]:
    with start(data) as running:
        yield running


@pytest.fixture
def own_data(data: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the cluster that a test may be rough with."""
    start(data).stop()
    subprocess.run(["cp", "-a", data, tmp_path / "data"], check=True)
    yield tmp_path / "data"
    discard(tmp_path / "data")


def ask(url: str, sql: str) -> object:
    """The first value of the answer."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(sql.encode()).fetchone()
    return row and row[0]


def tell(url: str, sql: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.encode())


def is_alive(pid: int) -> bool:
    """Runs, and is not just waiting for its parent to take note of its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while is_alive(pid):
        assert time.monotonic() < deadline, f"{pid} lives on"
        time.sleep(0.02)


def another_user(data: Path, manner: str = "shared") -> subprocess.Popen[str]:
    """Another process that uses the server of this data folder until its input closes."""
    command = [sys.executable, "-c", USER, str(data), manner]
    child = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    assert child.stdout.readline() == "ready\n"
    return child


def leave(child: subprocess.Popen[str], *, killed: bool = False) -> None:
    if killed:
        child.kill()
    child.communicate("", timeout=20)


def test_speaks_utf8_in_utc_and_keeps_what_it_promised(server: Server) -> None:
    assert ask(server.url, "SHOW server_encoding") == "UTF8"
    assert ask(server.url, "SHOW timezone") == "UTC"
    assert ask(server.url, "SHOW fsync") == "on"
    assert ask(server.url, "SHOW synchronous_commit") == "on"
    assert ask(server.url, "SHOW listen_addresses") == ""
    assert ask(server.url, "SELECT upper('ä') || lower('Ж')") == "Äж"


def test_application_reads_and_writes_rows_and_owns_nothing(server: Server) -> None:
    tell(server.owner_url, "CREATE TABLE IF NOT EXISTS paper (id serial PRIMARY KEY, words text)")
    assert ask(server.url, "INSERT INTO paper (words) VALUES ('您好') RETURNING words") == "您好"
    assert ask(server.url, "UPDATE paper SET words = 'x' RETURNING words") == "x"
    assert ask(server.url, "DELETE FROM paper RETURNING words") == "x"
    for forbidden in (
        "DROP TABLE paper",
        "ALTER TABLE paper DISABLE TRIGGER ALL",
        "TRUNCATE paper",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE DATABASE mine",
        "SET ROLE unionhall_owner",
        "SELECT pg_read_file('postmaster.pid')",
        "COPY paper TO PROGRAM 'cat'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            tell(server.url, forbidden)


def test_nobody_comes_in_without_the_password(server: Server) -> None:
    for role in (APP, SUPERUSER):
        wrong = url_for(server, role).replace(server.passwords[role], "wrong")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


def test_files_are_private(server: Server) -> None:
    assert server.place.cluster.stat().st_mode & 0o077 == 0
    assert server.place.socket.stat().st_mode & 0o077 == 0
    assert (server.place.folder / "passwords.json").stat().st_mode & 0o077 == 0


def test_server_is_never_root(server: Server) -> None:
    assert Path(f"/proc/{server.pid}").stat().st_uid != 0


def test_last_one_out_stops_the_server(data: Path) -> None:
    first = start(data)
    pid = first.pid
    second = another_user(data)
    first.stop()
    first.stop()
    assert is_alive(pid)
    leave(second)
    wait_until_gone(pid)
    assert not first.place.run.exists()


def test_two_at_once_make_one_cluster(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        children = list(pool.map(lambda _: another_user(tmp_path / "data"), range(4)))
    for child in children:
        leave(child)
        assert child.returncode == 0


def test_comes_back_after_kill_of_its_user(own_data: Path) -> None:
    child = another_user(own_data)
    leave(child, killed=True)
    with start(own_data) as server:
        pid = server.pid
        assert ask(server.url, "SELECT 1") == 1
    wait_until_gone(pid)


def test_comes_back_after_kill_of_the_server_and_keeps_what_was_committed(own_data: Path) -> None:
    with start(own_data) as server:
        tell(server.owner_url, "CREATE TABLE kept AS SELECT 7 AS n")
        orphan = psycopg.connect(server.owner_url, autocommit=True)
        os.kill(server.pid, signal.SIGKILL)
        with start(own_data) as again:
            assert ask(again.url, "SELECT n FROM kept") == 7
        orphan.close()


def test_takes_a_stale_pid_file_for_what_it_is(own_data: Path) -> None:
    """The number may belong to somebody else by now: here to ourselves."""
    cluster = own_data / "postgres/18"
    (cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster}\n0\n5432\n/tmp\n\n\n")
    with start(own_data) as server:
        assert ask(server.url, "SELECT 1") == 1
        assert server.pid != os.getpid()


def test_takes_up_a_set_up_that_was_broken_off(tmp_path: Path) -> None:
    (tmp_path / "postgres/18.part/base").mkdir(parents=True)
    with start(tmp_path) as server:
        assert ask(server.url, "SELECT current_database()") == DATABASE


def test_ephemeral_server_ends_with_its_user(own_data: Path) -> None:
    child = another_user(own_data, "ephemeral")
    pid = int((own_data / "postgres/18/postmaster.pid").read_text().splitlines()[0])
    leave(child, killed=True)
    wait_until_gone(pid)


def test_says_in_one_sentence_what_the_server_said_last(own_data: Path) -> None:
    (own_data / "postgres/18/PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError, match=r"did not start; .*postgres.log ends with: .*FATAL"):
        start(own_data)


def test_says_where_it_may_not_write() -> None:
    with pytest.raises(EmbeddedError, match=r"cannot use /proc/1/nowhere"):
        start(Path("/proc/1/nowhere"))


def test_same_cluster_without_the_right_to_mount(own_data: Path) -> None:
    """As root in a container, where the server must find its way without a mount namespace."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or not setpriv:
        pytest.skip("only root can be denied it")
    code = USER.replace('print("ready", flush=True)', 'print("ready", flush=True); sys.exit()')
    command = [setpriv, "--bounding-set=-sys_admin,-dac_read_search", sys.executable, "-c", code]
    ended = subprocess.run(
        [*command, str(own_data), "shared"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.stdout, ended.stderr) == ("ready\n", "")
