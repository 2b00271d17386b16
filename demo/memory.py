"""What the running house takes of the machine's memory."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PROC = Path("/proc")


def proportional_mb(roots: Iterable[int]) -> float:
    """MB (10^6 bytes) of these processes and all below them, shared pages divided (PSS).

    Raises PermissionError where the kernel does not let us look.
    """
    return sum(proportional_kb(pid) for pid in family(roots)) * 1024 / 1e6


def family(roots: Iterable[int]) -> set[int]:
    """The processes themselves, and whom they started, at any depth."""
    parents = {int(stat.parent.name): parent_in(stat) for stat in PROC.glob("[0-9]*/stat")}
    found = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def parent_in(stat: Path) -> int:
    """The fourth field of proc(5) stat; the second may hold spaces and brackets."""
    with suppress(OSError):
        return int(stat.read_text().rpartition(")")[2].split()[1])
    return 0


def proportional_kb(pid: int) -> int:
    """0 for one that has just ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
