"""Ends all that ``bin/faults`` leaves behind, however it ends: by kill -9, too, and with frozen children.

A process of its own, ``python -m faults.guardian FOLDER…``, in a session of its own. It reads until
the pipe from its parent is closed, which the kernel does for whoever is killed. The folders were
made for this one run, so whoever names one in his environment or works in one belongs to it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S, POLL_S = 10.0, 0.05


@contextmanager
def guarded(*folders: Path) -> Iterator[None]:
    """Behind the block, or when this process has ended in the middle of it, all of that is gone."""
    words = [sys.executable, "-m", "faults.guardian", *map(str, folders)]
    guardian = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield
    finally:
        assert guardian.stdin is not None
        guardian.stdin.close()
        guardian.wait()


def main(folders: list[Path]) -> None:
    """Waits for the end of the parent; then kills and removes."""
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    while sys.stdin.buffer.read(1):
        continue
    until = time.monotonic() + PATIENCE_S
    while (left := list(inhabitants(folders))) and time.monotonic() < until:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(POLL_S)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def inhabitants(folders: list[Path]) -> Iterator[int]:
    """The pids of all that belong to these folders, but for ours."""
    for process in Path("/proc").glob("[0-9]*"):
        pid = int(process.name)
        if pid != os.getpid() and any(belongs(process, folder) for folder in folders):
            yield pid


def belongs(process: Path, folder: Path) -> bool:
    """Whether it works in the folder, or was started for it. Who may not be looked at is not ours."""
    with suppress(OSError):
        if Path(process / "cwd").readlink().is_relative_to(folder):
            return True
        return f"UNIONHALL_DATA={folder}".encode() in (process / "environ").read_bytes().split(
            b"\0"
        )
    return False


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
