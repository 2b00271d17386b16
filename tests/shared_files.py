"""The demonstration's input files, with the answers that a correct program must give."""

from __future__ import annotations

import csv
from pathlib import Path

FILES = Path(__file__).resolve().parent.parent / "demo/data"


def shared_file(name: str) -> Path:
    """Where the file is."""
    return FILES / name


def expected_rows(name: str, key: str) -> dict[int, dict[str, str]]:
    """A csv of expected answers by row number."""
    with shared_file(name).open(encoding="utf-8-sig", newline="") as file:
        return {int(row[key]): row for row in csv.DictReader(file)}
