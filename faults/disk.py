"""Nothing can be written any more, and then it can (F4), in two ways.

By the limit of a file's size, set for the server's processes alone: every write fails, that of the
log as well, wherever these programs run. And on a small file system in memory that is filled by a
ballast file; only root can mount it, and not in every container.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path

from faults.bed import PLANTED, SMALL, Bed
from faults.cluster import Cluster, children_of, cluster
from faults.house import House, house
from faults.oracles import lost
from faults.outcome import Outcome
from faults.rows import rows_of
from faults.rush import Rush, reckoned, rush

SIZE_MB, FULL_S, SOME = 600, 4.0, 40
TRIES = 5  # until the control must have lost something
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x00020000, 1 << 14, 1 << 18
UNLIMITED = -1
LIMIT = """
import os, resource, sys
from contextlib import suppress

owner, group, size, *pids = map(int, sys.argv[1:])
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(owner, owner, owner)
for pid in pids:
    with suppress(ProcessLookupError):
        _soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
"""
_libc = ctypes.CDLL(None, use_errno=True)


def disk_full(bed: Bed) -> Iterator[Outcome]:
    """No acknowledged step may be lost, and it goes on by itself when there is space."""
    outcome = Outcome("disk full: no write", times=1)
    with house(bed.cluster, "unwritable", worker=False) as one:
        in_a_rush(one, bed, outcome, partial(unwritable, bed.cluster))
    outcome.control, outcome.controlled_by = told_and_lost(bed), "told before it is written: lost"
    yield outcome
    outcome = Outcome("disk full: no space", times=1)
    folder = bed.cluster.folder / SMALL
    folder.mkdir(mode=0o711)
    if mounted(folder):
        copied(bed.cluster, folder)
        with cluster(folder) as small, house(small, "filled", worker=False) as one:
            in_a_rush(one, bed, outcome, partial(filled, folder / "ballast"))
    else:
        outcome.skipped = "a file system is mounted by root only, and not in every container"
    yield outcome


def in_a_rush(
    one: House, bed: Bed, outcome: Outcome, full: Callable[[], AbstractContextManager[None]]
) -> None:
    """It is full in the middle of a rush; then look."""
    with rush(one, bed.stage, timeout_s=FULL_S) as rushed:
        told = told_while_full(rushed, full)
        outcome.restart_s = one.wait_for("database") + one.wait_for("web")
    reckoned(outcome, rushed)
    outcome.said = f"while it was full: {told['told']} told, {told['unknown']} unknown"
    if not told["unknown"]:
        outcome.offences.append("nobody noticed that the disk was full")


def told_while_full(
    rushed: Rush, full: Callable[[], AbstractContextManager[None]]
) -> dict[str, int]:
    """How many answers of each kind came meanwhile."""
    rushed.wait_until_told(SOME)
    before = len(rushed.lines)
    with full():
        time.sleep(FULL_S)
        kinds = [line.kind for line in rushed.lines[before:]]
    return {kind: kinds.count(kind) for kind in ("told", "unknown")}


def told_and_lost(bed: Bed) -> int:
    """How many answers are lost by a product that says "kept" of what it could not write.

    Whether somebody answers just then is chance: it is full until one is lost, so often at most.
    """
    with (
        house(
            bed.cluster, "told_first", application=PLANTED, worker=False, PLANTED="says_kept"
        ) as one,
        rush(one, bed.stage, timeout_s=FULL_S) as rushed,
    ):
        for _try in range(TRIES):
            told_while_full(rushed, partial(unwritable, bed.cluster))
            one.wait_for("database")
            one.wait_for("web")
            with one.connected() as database:
                if missing := list(lost(rushed.lines, rows_of(database))):
                    return len(missing)
    return 0


@contextmanager
def unwritable(running: Cluster) -> Iterator[None]:
    """No file of the server grows inside the block. It may end of that; whoever tends it starts it again."""
    limit(running, 0)
    try:
        yield
    finally:
        limit(running, UNLIMITED)


def limit(running: Cluster, size: int) -> None:
    """Bytes that a file may have; set by a process of the server's own user, as the kernel demands."""
    head = running.postmaster
    with suppress(FileNotFoundError):  # it has ended
        owner = Path(f"/proc/{head}").stat()
        pids = (head, *children_of(head))
        words = map(str, (owner.st_uid, owner.st_gid, size, *pids))
        subprocess.run([sys.executable, "-I", "-S", "-c", LIMIT, *words], check=True)


@contextmanager
def filled(ballast: Path) -> Iterator[None]:
    """To the last page inside the block, and again when somebody has given one back."""
    with ballast.open("wb") as file:
        for size in (1 << 20, 1 << 12):
            with suppress(OSError):
                while True:
                    os.posix_fallocate(file.fileno(), file.tell(), size)
                    file.seek(size, os.SEEK_CUR)
    try:
        yield
    finally:
        ballast.unlink()


def mounted(folder: Path) -> bool:
    """A file system of some size, for us and our children alone; False where the kernel says no."""
    if _libc.unshare(CLONE_NEWNS) or _libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
        return False
    size = f"size={SIZE_MB}m,mode=0711".encode()
    return bool(_libc.mount(b"tmpfs", bytes(folder), b"tmpfs", 0, size) == 0)


def copied(running: Cluster, folder: Path) -> None:
    """The cluster as a power cut would leave it: nobody writes while it is copied."""
    running.freeze()
    try:
        parts = [running.folder / name for name in ("postgres", "keys.json")]
        found = [str(part) for part in parts if part.exists()]  # keys may be in the environment
        subprocess.run(["/bin/cp", "-a", *found, str(folder)], check=True)
    finally:
        running.thaw()
