"""The backups that lie in a folder: their manifests, whether they are whole, how long they stay."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from backups.segments import let_go_before, place_of, problems_since
from backups.sums import flush, sum_of, sums_below

NAME: Final = "%Y%m%dT%H%M%SZ"
MANIFEST: Final = "manifest.json"
BASE, FILES, WAL, DUMP = "base", "files", "wal", "dump"


@dataclass(frozen=True)
class Manifest:
    """What one backup consists of; written last, so that a backup without one was broken off.

    ``sums``: path below the backup to SHA-256; ``files``: the same below the shared ``files/``.
    ``first``, ``last``: the segments of the log without which it is worth nothing; "" for a dump.
    ``keys``: fingerprints of the keys that it was written under, by part and version.
    ``tables``: of a dump, for each table its rows and the sum of their digests.
    """

    ended_at: str
    version: int
    first: str
    last: str
    sums: dict[str, str]
    files: dict[str, str]
    keys: dict[str, dict[str, str]]
    tables: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Backup:
    """One backup: its folder."""

    folder: Path

    @property
    def manifest(self) -> Manifest:
        """What it consists of."""
        return Manifest(**json.loads((self.folder / MANIFEST).read_text()))

    @property
    def ended_at(self) -> dt.datetime:
        """The first moment that it can be brought to."""
        return dt.datetime.fromisoformat(self.manifest.ended_at)

    @property
    def wal(self) -> Path:
        """The archive of the log, shared by all backups."""
        return self.folder.parent / WAL

    @property
    def files(self) -> Path:
        """The private files, shared by all backups."""
        return self.folder.parent / FILES

    @property
    def is_dump(self) -> bool:
        """Made of a server whose log we do not have: it knows one moment, its own."""
        return not self.manifest.first


def write(folder: Path, manifest: Manifest) -> None:
    """Seals a backup."""
    path = folder / MANIFEST
    path.write_text(json.dumps(asdict(manifest), indent=1) + "\n")
    flush(path)


def all_in(folder: Path) -> list[Backup]:
    """The whole backups, oldest first."""
    return [Backup(path.parent) for path in sorted(folder.glob(f"*Z/{MANIFEST}"))]


def problems_of(backup: Backup) -> list[str]:
    """All that is missing, changed or too much: a sentence each; none, and it is as it was made."""
    return problems_of_itself(backup) + problems_of_its_log(backup)


def problems_of_its_log(backup: Backup) -> list[str]:
    """What keeps it from being brought to any moment up to the last one."""
    if backup.is_dump:
        return []
    return problems_since(backup.wal, backup.manifest.first, backup.manifest.last)


def problems_of_itself(backup: Backup) -> list[str]:
    """What is not as it was made."""
    manifest = backup.manifest
    found = sums_below(backup.folder)
    found.pop(MANIFEST)
    problems = [f"{path} is missing" for path in sorted(manifest.sums.keys() - found.keys())]
    problems += [f"{path} was added" for path in sorted(found.keys() - manifest.sums.keys())]
    both = sorted(found.keys() & manifest.sums.keys())
    problems += [f"{path} was changed" for path in both if found[path] != manifest.sums[path]]
    for path, wanted in sorted(manifest.files.items()):
        kept = backup.files / path
        if not kept.exists():
            problems.append(f"the private file {path} is missing")
        elif sum_of(kept) != wanted:
            problems.append(f"the private file {path} was changed")
    return problems


def let_go(folder: Path, living: Path, *, older_than: dt.datetime, but: int) -> list[Backup]:
    """Removes old backups except the newest ``but``, and what only they needed; which ones.

    ``living``: the folder of the private files that are in use.
    """
    backups = all_in(folder)
    old = [one for one in backups[: max(0, len(backups) - but)] if one.ended_at < older_than]
    for one in old:
        (one.folder / MANIFEST).unlink()  # first: what is half gone is no backup
        shutil.rmtree(one.folder)
    kept = all_in(folder)
    if firsts := [one.manifest.first for one in kept if not one.is_dump]:
        let_go_before(folder / WAL, min(firsts, key=place_of))
    needed = {path for one in kept for path in one.manifest.files}
    for path in (folder / FILES).rglob("*") if old else ():
        name = str(path.relative_to(folder / FILES))
        if path.is_file() and name not in needed and not (living / name).exists():
            path.unlink()
    return old
