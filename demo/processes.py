"""The child processes of the demonstration: started, watched, stopped in order."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PR_SET_PDEATHSIG = 1
PATIENCE_S = 10
TAIL = 15

_libc = ctypes.CDLL(None)


class ChildError(Exception):
    """Something did not start, or ended by itself; the text is for the person at the keyboard."""


@dataclass
class Child:
    """A running process, by the name that people know it by."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


def start(name: str, words: list[str], log: Path) -> Child:
    """Starts it in a session of its own: Ctrl-C reaches us alone, and we stop it in order.

    If we are killed, the kernel tells it to stop.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own words
            words,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - this process has one thread
        )
    return Child(name, process, log)


def _end_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def demand_alive(child: Child) -> None:
    """Raises ChildError, with what it said last, if it has ended."""
    code = child.process.poll()
    if code is not None:
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        said = "\n".join(tail(child.log)) or "(nothing)"
        raise ChildError(f"The {child.name} ended {how}. {child.log} ends with:\n{said}")


def stop(child: Child) -> None:
    """Asks it to finish, then makes sure that nothing of it is left."""
    if child.process.poll() is None:
        child.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(PATIENCE_S)
    with suppress(ProcessLookupError):  # its children, or itself if it would not listen
        os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()


def tail(log: Path) -> list[str]:
    """The last lines."""
    return log.read_text(errors="replace").rstrip().splitlines()[-TAIL:]
