"""Checksums of files, and copies that are whole or not there."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

PART = ".part"  # what is not yet whole


class BackupError(Exception):
    """A backup cannot be made or used; what, why and the next step for the person at the desk."""


class OccupiedError(BackupError):
    """Somebody else is making one: it is no failure, and can be tried again."""


def sum_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def sums_below(folder: Path) -> dict[str, str]:
    """The path of every file below a folder, with its checksum."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): sum_of(path) for path in files}


def copy_whole(source: Path, target: Path) -> None:
    """Copies one file and its time; killed in the middle, it leaves only a ``.part``."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.with_name(target.name + PART)
    shutil.copyfile(source, part)
    changed = source.stat().st_mtime_ns
    os.utime(part, ns=(changed, changed))
    flush(part)
    part.replace(target)


def is_same(source: Path, copy: Path) -> bool:
    """Whether a copy has the size and the time of its source. Raises FileNotFoundError for the source."""
    given = source.stat()
    if not copy.exists():
        return False
    kept = copy.stat()
    return (given.st_size, given.st_mtime_ns) == (kept.st_size, kept.st_mtime_ns)


def flush(path: Path) -> None:
    """Waits until the disk has it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
