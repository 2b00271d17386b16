"""The backups that lie in a folder: their manifests, whether they are whole, how long they stay."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from backups.segments import let_go_before, logs_in, place_of, problems_since
from backups.sums import flush, sum_of, sums_below

NAME: Final = "%Y%m%dT%H%M%SZ"
MANIFEST: Final = "manifest.json"
BASE, FILES, WAL, DUMP = "base", "files", "wal", "dump"


@dataclass(frozen=True)
class Manifest:
    """What one backup consists of; written last, so that a backup without one was broken off.

    ``sums``: path below the backup to SHA-256; ``files``: the same below the shared ``files/``.
    ``first``, ``last``: the segments of the log without which it is worth nothing; "" for a dump.
    ``log``: whose log that is, a folder below ``wal/``; "" for ``wal/`` itself.
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
    log: str = ""


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
        """The archive of the log, shared by all backups of one cluster."""
        return self.folder.parent / WAL / self.manifest.log

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


def sums_of(folder: Path, names: set[str]) -> dict[str, str]:
    """The checksum of each private file: the one that the newest backup knows, else a new one.

    So each is read once, and one that has rotted since does not pass for whole.
    """
    known = backups[-1].manifest.files if (backups := all_in(folder)) else {}
    return {name: known.get(name) or sum_of(folder / FILES / name) for name in sorted(names)}


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


def let_go(folder: Path, *, older_than: dt.datetime, but: int) -> list[Backup]:
    """Removes old backups except the newest ``but`` of each log, and what only they needed; which ones.

    Of each log, for a restored house keeps its backups beside those of the house that it was.
    """
    of_log: dict[str, list[Backup]] = {}
    for one in all_in(folder):
        of_log.setdefault(one.manifest.log, []).append(one)
    spare = (one for logs in of_log.values() for one in logs[: max(0, len(logs) - but)])
    old = [one for one in spare if one.ended_at < older_than]
    for one in old:
        (one.folder / MANIFEST).unlink()  # first: what is half gone is no backup
        shutil.rmtree(one.folder)
    kept = all_in(folder)
    if old and kept:
        let_go_segments(folder / WAL, kept)
        let_go_files(folder / FILES, kept)
    return old


def let_go_segments(wal: Path, kept: list[Backup]) -> None:
    """Removes of each log what lies before its first backup; the whole of it if none is left."""
    firsts: dict[str, list[str]] = {log: [] for log in logs_in(wal)}
    for one in kept:
        if not one.is_dump:
            firsts.setdefault(one.manifest.log, []).append(one.manifest.first)
    for log, segments in firsts.items():
        let_go_before(wal / log, min(segments, key=place_of, default=None))


def let_go_files(pool: Path, kept: list[Backup]) -> None:
    """Removes private files that were discarded before the oldest backup.

    One that came later may be wanted by a moment between two backups, and be in neither.
    """
    needed = {path for one in kept for path in one.manifest.files}
    oldest = min(one.ended_at for one in kept).timestamp()
    for path in pool.rglob("*"):
        name = str(path.relative_to(pool))
        if path.is_file() and name not in needed and path.stat().st_mtime < oldest:
            path.unlink()
