"""bin/faults leaves nobody behind, even when it is killed while others are frozen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KILLED = """
import os, signal, subprocess, sys
from contextlib import nullcontext
from pathlib import Path
from faults.guardian import guarded

folder, guard = Path(sys.argv[1]), {"guarded": guarded, "alone": nullcontext}[sys.argv[2]]
with guard(folder):
    for how in ({"cwd": folder}, {"env": {"UNIONHALL_DATA": str(folder)}}):
        child = subprocess.Popen(["/bin/sleep", "300"], start_new_session=True, stdout=2, **how)
        child.send_signal(signal.SIGSTOP)
        print(child.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def left_by_a_killed_one(folder: Path, how: str) -> list[int]:
    """The pids of two frozen children of somebody who is killed; one works in the folder."""
    folder.mkdir()
    words = [sys.executable, "-c", KILLED, str(folder), how]
    ended = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL
    return [int(line) for line in ended.stdout.splitlines()]


def lives(pid: int) -> bool:
    """Whether it is there, and not only waiting to be forgotten."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize("how", ["guarded", "alone"])
def test_frozen_children_end_with_whoever_was_killed(tmp_path: Path, how: str) -> None:
    """Without a guardian, they stay."""
    folder = tmp_path / "house"
    pids = left_by_a_killed_one(folder, how)
    try:
        until = time.monotonic() + (20 if how == "guarded" else 2)
        while (folder.exists() or any(map(lives, pids))) and time.monotonic() < until:
            time.sleep(0.05)
        assert [lives(pid) for pid in pids] == [how == "alone"] * 2
        assert folder.exists() == (how == "alone")
    finally:
        for pid in pids:
            if lives(pid):
                os.kill(pid, signal.SIGKILL)
