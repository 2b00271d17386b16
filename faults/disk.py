"""The disk is full, and then it is not (F4): a small file system in memory, filled by a ballast file."""

from __future__ import annotations

import ctypes
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from faults.bed import Bed
from faults.cluster import Cluster, cluster
from faults.house import house
from faults.outcome import Outcome
from faults.rush import reckoned, rush

SIZE_MB, FULL_S, SOME = 600, 4.0, 40
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x00020000, 1 << 14, 1 << 18
_libc = ctypes.CDLL(None, use_errno=True)


def disk_full(bed: Bed) -> Iterator[Outcome]:
    """Data and write-ahead log on the disk that is full: no acknowledged step may be lost."""
    outcome = Outcome("disk full", times=1)
    folder = bed.cluster.folder / "small"
    folder.mkdir(mode=0o711)
    if not mounted(folder):
        outcome.skipped = "a file system can be mounted by root only, and not in every container"
    else:
        on_a_full_disk(bed, folder, outcome)
    yield outcome


def on_a_full_disk(bed: Bed, folder: Path, outcome: Outcome) -> None:
    """Fill it in the middle of a rush, look, and free it."""
    copied(bed.cluster, folder)
    ballast = folder / "ballast"
    with cluster(folder) as small, house(small, "filled", worker=False) as one:
        with rush(one, bed.stage, timeout_s=FULL_S) as rushed:
            rushed.wait_until_told(SOME)
            fill(ballast)
            before, until = len(rushed.lines), time.monotonic() + FULL_S
            while time.monotonic() < until:
                one.tend()
                time.sleep(0.1)
            while_full = rushed.lines[before:]
            ballast.unlink()
            outcome.restart_s = one.wait_for("database") + one.wait_for("web")
        reckoned(outcome, rushed)
    kinds = [line.kind for line in while_full]
    outcome.said = (
        f"while it was full: {kinds.count('told')} told, {kinds.count('unknown')} unknown"
    )
    if "unknown" not in kinds:
        outcome.offences.append("nobody noticed that the disk was full")


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


def fill(ballast: Path) -> None:
    """To the last page, and again when somebody has given one back."""
    with ballast.open("wb") as file:
        for size in (1 << 20, 1 << 12):
            with suppress(OSError):
                while True:
                    os.posix_fallocate(file.fileno(), file.tell(), size)
                    file.seek(size, os.SEEK_CUR)
