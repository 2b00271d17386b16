"""Where the cluster of one data folder lies, and its lock files."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import stat
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SOCKET_NAME: Final = ".s.PGSQL.5432"
LONGEST_SOCKET: Final = 107  # bytes of sockaddr_un.sun_path, less the closing zero


class EmbeddedError(Exception):
    """The embedded server cannot be had; one sentence for the person at the keyboard."""


@dataclass(frozen=True)
class Place:
    """The folders of one server: ``data`` is kept, ``run`` is short, private and temporary."""

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
    def log(self) -> Path:
        """What the server says."""
        return self.data / "log/postgres.log"

    @property
    def socket(self) -> Path:
        """The folder that clients name as ``host``."""
        return self.run / "s"


def prepare(data: Path, version: int) -> Place:
    """Makes the folders.

    The server is not root: others may walk through the two upper ones, not list them.
    """
    for folder in (data, data / "postgres"):
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o711, exist_ok=True)
    (data / "log").mkdir(mode=0o700, exist_ok=True)
    return Place(data, version, run_folder(data))


def run_folder(data: Path) -> Path:
    """The same short folder for the same data folder, unless somebody else got there first."""
    name = "unionhall-" + hashlib.sha256(f"{os.geteuid()} {data}".encode()).hexdigest()[:12]
    for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - made private below
        run = Path(parent, name)
        if len(bytes(run / "s" / SOCKET_NAME)) > LONGEST_SOCKET:
            continue
        with suppress(FileExistsError):
            run.mkdir(mode=0o711)
        if is_private(run):
            return run
    message = "No private folder for the database's socket: set TMPDIR to a short path of your own."
    raise EmbeddedError(message)


def is_private(folder: Path) -> bool:
    """A real folder, of ours, where nobody else may write."""
    found = folder.lstat()
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    return ours and not found.st_mode & 0o022


def make_private(folder: Path) -> None:
    """Makes a folder that belongs to the server's user alone."""
    folder.mkdir(mode=0o700, exist_ok=True)
    give_to_server(folder)


def give_to_server(*paths: Path) -> None:
    """Lets the server's user own them: without the powers of root it is we ourselves."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        for path in paths:
            os.chown(path, nobody.pw_uid, nobody.pw_gid)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Waits for the lock file and holds it."""
    descriptor = open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def open_lock(path: Path) -> int:
    """The open lock file, not yet locked."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_lock(descriptor: int) -> bool:
    """Whether nobody else holds this lock file; then it is ours."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
