"""Lays a base backup into a new data folder and brings it to a moment."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from unionhall.base.embedded.archive import TRUSTING, name_log
from unionhall.base.embedded.place import EmbeddedError, give_to_server, make_private, prepare
from unionhall.base.embedded.programs import bundled
from unionhall.base.embedded.server import Server, obituary, start

if TYPE_CHECKING:
    from pathlib import Path


def recover(data: Path, base: Path, archive: Path, *, until: str) -> None:
    """Makes the cluster of ``data`` from ``base``, then replays the log; the server has ended then.

    ``until``: a moment as PostgreSQL writes it, or "" for the last one. The roles get passwords of
    their own. Raises EmbeddedError, with the server's last words when the log does not reach.
    """
    place = prepare(data.resolve(), bundled().version)
    if place.cluster.exists():
        raise EmbeddedError(f"{data} holds a database already: a backup goes into a new folder.")
    part = place.folder / f"{place.version}.part"
    make_private(part)
    shutil.copytree(base, part, dirs_exist_ok=True)
    part.chmod(0o700)
    (part / "recovery.signal").touch()
    (part / TRUSTING).write_text("local all all trust\n")
    name_log(part)
    give_to_server(part, *part.rglob("*"))
    part.rename(place.cluster)
    with start(data, archive=archive, until=until, ephemeral=True) as server:
        _wait_for_the_end_of_replay(server)
        _give_new_passwords(server)
    (place.cluster / TRUSTING).unlink()


def _wait_for_the_end_of_replay(server: Server) -> None:
    """As long as it takes, while the server lives."""
    while server.child is not None and server.child.poll() is None:
        try:
            with psycopg.connect(server.superuser_url) as connection:
                row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
        except psycopg.OperationalError:
            continue  # it has just ended: the loop sees it
        if row == (False,):
            return
        time.sleep(0.05)
    raise EmbeddedError(obituary(server.place.log))


def _give_new_passwords(server: Server) -> None:
    with psycopg.connect(server.superuser_url) as connection:
        for role, password in server.passwords.items():
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
            connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))
