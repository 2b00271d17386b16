"""A PostgreSQL that is ours to kill: this process is its parent, and knows its pids."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from django.db import connection

from unionhall.base import embedded
from unionhall.base.embedded.cluster import DATABASE
from unionhall.site import environment

PRISTINE = DATABASE  # the database that each fault gets a copy of
GONE_WITHIN_MS = 10_000
SEND_AWAY = f"""
    SELECT pg_terminate_backend(pid, {GONE_WITHIN_MS}) FROM pg_stat_activity
    WHERE datname = %s AND usename IS NOT NULL
"""


@dataclass
class Cluster:
    """The server of one data folder. Its children are killed and frozen with it."""

    folder: Path
    server: embedded.Server = field(init=False)

    def __post_init__(self) -> None:
        self.server = embedded.start(self.folder, ephemeral=True)

    @property
    def postmaster(self) -> int:
        """Its pid; our child."""
        assert self.server.child is not None
        return self.server.child.pid

    def url(self, database: str, *, owner: bool = False) -> str:
        """Of one database, for the application's role or the owner's."""
        url = self.server.owner_url if owner else self.server.url
        return url.replace(f"/{PRISTINE}?", f"/{database}?")

    def copy(self, name: str, *, like: str = PRISTINE) -> None:
        """A database ``name`` like another one, which nobody may use meanwhile."""
        with psycopg.connect(self.url("postgres", owner=True), autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')

    def drop(self, name: str) -> None:
        """Whoever still uses it is sent away; the server's own vacuum goes by itself, and obeys no owner's FORCE."""
        with psycopg.connect(self.url("postgres", owner=True), autocommit=True) as server:
            server.execute(SEND_AWAY, [name])
            server.execute(f'DROP DATABASE IF EXISTS "{name}"')

    def kill(self) -> None:
        """By kill -9 of the head; its children see it and end. Somebody must ``wait()``: that is us."""
        os.kill(self.postmaster, signal.SIGKILL)
        assert self.server.child is not None
        self.server.child.wait()

    def tend(self) -> bool:
        """Start it again if it has ended; whether it had."""
        child = self.server.child
        if child is None or child.poll() is None:
            return False
        with suppress(OSError):  # as a process that ends gives back its locks
            os.close(self.server.membership)
        self.server.membership, self.server.child = -1, None
        self.server = embedded.start(self.folder, ephemeral=True)
        return True

    def freeze(self) -> None:
        """SIGSTOP, the head first: it starts nobody meanwhile."""
        for pid in (self.postmaster, *children_of(self.postmaster)):
            send(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        for pid in (*children_of(self.postmaster), self.postmaster):
            send(pid, signal.SIGCONT)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Started now, stopped behind the block, however it was left."""
    one = Cluster(folder)
    try:
        yield one
    finally:
        if one.server.child is not None and one.server.child.poll() is None:
            one.thaw()
        one.server.stop()


@contextmanager
def django_on(url: str) -> Iterator[None]:
    """Django, in this process, works on another database inside the block."""
    before = dict(connection.settings_dict)
    address = environment.database(url)
    connection.close()
    connection.settings_dict |= {
        name: address[name] for name in ("NAME", "HOST", "USER", "PASSWORD")
    }
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict |= before


def children_of(pid: int) -> list[int]:
    """The pids of its direct children, by the kernel's own list."""
    with suppress(OSError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def send(pid: int, number: signal.Signals) -> None:
    """Whoever has ended meanwhile needs no signal."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
