"""Starts, shares and stops the embedded server.

One data folder has at most one server, shared by every process that asks for it; the last one out
stops it. Three lock files in ``<data>/postgres`` say who is there, and the kernel releases them
however a process ends:

* ``start.lock``: held while starting and stopping, so that two at once queue up;
* ``users.lock``: shared by everybody who uses the server;
* ``server.lock``: held by the server and each of its children. While it is taken, a server (or what
  is left of one whose head was killed) lives; when it is free, a ``postmaster.pid`` that still lies
  there is stale.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote

import psycopg

from unionhall.base.embedded.archive import keeping, log_of, prepare_archive, replaying
from unionhall.base.embedded.cluster import (
    APP,
    DATABASE,
    OWNER,
    SUPERUSER,
    admit_known_roles,
    make_cluster,
    passwords_in,
)
from unionhall.base.embedded.place import (
    SOCKET_NAME,
    EmbeddedError,
    Place,
    locked,
    open_lock,
    prepare,
    run_folder,
    try_lock,
)
from unionhall.base.embedded.programs import (
    ENVIRONMENT,
    Installation,
    bundled,
    command,
    shown_cluster,
)

PATIENCE_S: Final = 60.0  # recovery after a crash may take its time
IO_METHODS_SINCE: Final = 18
SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "random_page_cost": "1.1",  # no disk of today turns: a row by its index costs little more
    "max_wal_size": "1GB",  # a large roll is not written twice because a checkpoint came amid it
    "track_commit_timestamp": "on",  # a rehearsal of a backup asks each row when it was committed
    # After a crash every file of every database would be opened to be synced, two seconds for a few.
    "recovery_init_sync_method": "syncfs",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u ",
    "log_checkpoints": "off",
}


@dataclass(frozen=True)
class Manner:
    """How a server is started: by which programs, for whom, and what becomes of its log.

    ``archive``: where the finished segments of the log lie. ``until``: the moment to which they are
    replayed, "" for the last one; None: they are kept, each cluster's in a folder of its own there.
    """

    installation: Installation
    ephemeral: bool = False
    archive: Path | None = None
    until: str | None = None

    def settings(self, place: Place) -> dict[str, str]:
        """All of the server's settings."""
        newer = {"io_method": "sync"} if self.installation.version >= IO_METHODS_SINCE else {}
        if self.archive is None:
            return SETTINGS | newer
        log = keeping(place) if self.until is None else replaying(place, self.until)
        return SETTINGS | newer | log


@dataclass
class Server:
    """A running server that this process may use until it calls :meth:`stop`."""

    place: Place
    passwords: dict[str, str]
    membership: int
    child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For the application: reads and writes rows, and owns nothing."""
        return url_for(self, APP)

    @property
    def owner_url(self) -> str:
        """For migrations and tests: owns the schema and may create databases."""
        return url_for(self, OWNER)

    @property
    def superuser_url(self) -> str:
        """For backups: reads the whole cluster."""
        return url_for(self, SUPERUSER)

    @property
    def pid(self) -> int:
        """The process that all others of the server come from."""
        return _postmaster(self.place)

    def stop(self) -> None:
        """Leaves; stops the server if nobody else uses it. A second call does nothing."""
        if self.membership < 0:
            return
        with locked(self.place.folder / "start.lock"):
            if try_lock(self.membership):
                _shut_down(self.place, self.child)
            elif self.child is not None:
                self.child.returncode = 0  # it lives on for the others: not a forgotten child
            os.close(self.membership)
            self.membership = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(
    data: Path,
    *,
    installation: Installation | None = None,
    ephemeral: bool = False,
    archive: Path | None = None,
    until: str | None = None,
) -> Server:
    """Starts the server of this data folder, or joins the one that runs.

    The first time it makes the cluster.

    ``ephemeral`` is for a cluster that nobody else joins: it ends with the process that started it,
    even by kill -9. ``archive`` and ``until``: see Manner. Raises EmbeddedError.
    """
    if sys.platform != "linux":
        message = (
            "The embedded database runs on Linux; elsewhere set DATABASE_URL to a PostgreSQL 15 "
            "or newer."
        )
        raise EmbeddedError(message)
    manner = Manner(installation or bundled(), ephemeral, archive, until)
    data = data.resolve()
    try:
        place = prepare(data, manner.installation.version)
        with locked(place.folder / "start.lock"):
            return _join(place, manner)
    except OSError as error:
        message = (
            f"The embedded database cannot use {data}: {error.strerror or error} "
            f"({error.filename})."
        )
        raise EmbeddedError(message) from error


def discard(data: Path) -> None:
    """Removes a data folder whose server has ended, and the folder of its socket."""
    shutil.rmtree(run_folder(data.resolve()), ignore_errors=True)
    shutil.rmtree(data, ignore_errors=True)


def url_for(server: Server, role: str) -> str:
    """The connection URI of one role, with the socket's folder as ``host``."""
    host = quote(str(server.place.socket), safe="")
    return f"postgresql://{role}:{server.passwords[role]}@/{DATABASE}?host={host}"


def _join(place: Place, manner: Manner) -> Server:
    """With ``start.lock`` held."""
    membership = open_lock(place.folder / "users.lock")
    fcntl.flock(membership, fcntl.LOCK_SH)
    try:
        server = Server(place, passwords_in(place.folder), membership)
        if not place.cluster.exists():
            make_cluster(place, manner.installation, server.passwords)
        _ensure_running(server, _with_its_archive(place, manner))
    except BaseException:
        if try_lock(membership):
            shutil.rmtree(place.run, ignore_errors=True)
        os.close(membership)
        raise
    return server


def _with_its_archive(place: Place, manner: Manner) -> Manner:
    if manner.archive is None:
        return manner
    own = manner.archive / log_of(place.cluster) if manner.until is None else manner.archive
    prepare_archive(own)
    return replace(manner, archive=own)


def _ensure_running(server: Server, manner: Manner) -> None:
    """Starts the server unless it runs, and waits until it answers. Raises EmbeddedError."""
    deadline = time.monotonic() + PATIENCE_S
    server_lock = open_lock(server.place.folder / "server.lock")
    try:
        while not _answers(server):
            if server.child is None and try_lock(server_lock):
                (server.place.cluster / "postmaster.pid").unlink(missing_ok=True)
                shutil.rmtree(server.place.socket, ignore_errors=True)
                server.child = _launch(server.place, manner, server_lock)
            if time.monotonic() > deadline or (
                server.child is not None and server.child.poll() is not None
            ):
                raise EmbeddedError(obituary(server.place.log))
            time.sleep(0.02)
    finally:
        os.close(server_lock)  # the server keeps its own copy


def _answers(server: Server) -> bool:
    if not (server.place.socket / SOCKET_NAME).exists():
        return False
    with suppress(psycopg.OperationalError):
        psycopg.connect(server.url, connect_timeout=5).close()
        return True
    return False


def _launch(place: Place, manner: Manner, server_lock: int) -> subprocess.Popen[bytes]:
    """Starts the server in a session of its own: a Ctrl-C meant for us does not reach it."""
    admit_known_roles(place.cluster)
    words = ["postgres", "-D", str(shown_cluster(place)), "-k", str(place.socket)]
    for name, value in manner.settings(place).items():
        words += ["-c", f"{name}={value}"]
    with place.log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - our own words
            command(
                place,
                manner.installation,
                place.cluster,
                words,
                ephemeral=manner.ephemeral,
                archive=manner.archive,
            ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=ENVIRONMENT,
            pass_fds=[server_lock],
            start_new_session=True,
        )


def obituary(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    fatal = [line for line in lines if "FATAL" in line]
    own = [line for line in fatal if "]  FATAL" in line]  # with a name, it was said to a client
    said = (own or fatal or lines or ["nothing"])[-1]
    return f"The embedded database did not start; {log} ends with: {said}"


def _shut_down(place: Place, child: subprocess.Popen[bytes] | None) -> None:
    """Asks the server to finish (fast, then immediate), waits for its last process, tidies up."""
    server_lock = open_lock(place.folder / "server.lock")
    try:
        for request in (signal.SIGINT, signal.SIGQUIT):
            _ask(place, request)
            deadline = time.monotonic() + PATIENCE_S / 2
            while not (gone := try_lock(server_lock)) and time.monotonic() < deadline:
                time.sleep(0.01)
            if gone:
                break
    finally:
        os.close(server_lock)
    if child is not None:
        child.wait(timeout=PATIENCE_S)
    shutil.rmtree(place.run, ignore_errors=True)


def _ask(place: Place, request: signal.Signals) -> None:
    """Signals the process that the server's pid file names, if it is that server."""
    with suppress(OSError, ValueError, IndexError):
        pid = _postmaster(place)
        if str(place.socket).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            os.kill(pid, request)


def _postmaster(place: Place) -> int:
    return int((place.cluster / "postmaster.pid").read_text().splitlines()[0])
