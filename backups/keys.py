"""The keys: never in a backup, but known again by their fingerprints."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
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
        part: _marks(part, environment.keys(variable, kept, part))
        for part, variable in PARTS.items()
    }


def _marks(part: str, keys: Mapping[int, str] | Mapping[str, str]) -> dict[str, str]:
    return {
        str(version): hashlib.sha256(f"{part} {key}".encode()).hexdigest()[:16]
        for version, key in keys.items()
    }


def _fingerprints_in(key_file: Path) -> dict[str, dict[str, str]]:
    """Of the very file that will be put in place. Raises BackupError."""
    try:
        kept = json.loads(key_file.read_text())
    except (OSError, ValueError) as error:
        raise BackupError(f"{key_file} cannot be read as keys: {error}") from error
    return {part: _marks(part, kept.get(part) or {}) for part in PARTS}


def demand(wanted: dict[str, dict[str, str]], folder: Path, key_file: Path | None = None) -> None:
    """Raises BackupError unless the keys that a backup was written under are in the file, else here."""
    try:
        found = _fingerprints_in(key_file) if key_file else fingerprints(folder)
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
