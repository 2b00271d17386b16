"""The keys: never in a backup, but known again by their fingerprints."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Final

from django.core.exceptions import ImproperlyConfigured

from backups.sums import BackupError
from unionhall.site import environment

PARTS: Final = {"field_keys": "UNIONHALL_FIELD_KEYS", "index_keys": "UNIONHALL_INDEX_KEYS"}


def fingerprints(folder: Path) -> dict[str, dict[str, str]]:
    """Of the keys in the environment, else in ``keys.json`` of a folder: part, version, fingerprint.

    64 bits of a hash say nothing about 256 random ones. Raises ImproperlyConfigured without keys.
    """
    kept = environment.key_file(folder)
    return {
        part: {
            str(version): hashlib.sha256(f"{part} {key}".encode()).hexdigest()[:16]
            for version, key in environment.keys(variable, kept, part).items()
        }
        for part, variable in PARTS.items()
    }


def demand(wanted: dict[str, dict[str, str]], folder: Path) -> None:
    """Raises BackupError unless the keys that a backup was written under are here."""
    try:
        found = fingerprints(folder)
    except ImproperlyConfigured:
        found = {}
    lacking = [
        f"{part} {version}"
        for part, versions in wanted.items()
        for version, mark in versions.items()
        if found.get(part, {}).get(version) != mark
    ]
    if lacking:
        raise BackupError(
            f"The keys of this backup are not here ({', '.join(lacking)}). They are never in a "
            "backup: get keys.json from where you keep it apart, and name it: --keys FILE"
        )


def put(source: Path | None, data: Path) -> None:
    """Copies a file of keys into a data folder, unless the environment brings the keys."""
    if source is not None and source.exists() and PARTS["field_keys"] not in os.environ:
        target = data / "keys.json"
        target.touch(mode=0o600)
        shutil.copyfile(source, target)
