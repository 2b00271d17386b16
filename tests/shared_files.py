"""The input files with their expected answers: beside the checkout, or the copies of the demo."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent


def shared_file(name: str) -> Path:
    """Where the file is; the test is skipped when this machine does not have it."""
    given = os.environ.get("UNIONHALL_SHARED")
    folders = [Path(given), Path(given) / "data"] if given else []
    folders += [HOUSE.parent / "shared" / "data", HOUSE / "demo" / "data"]
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    return pytest.skip(f"{name} is not on this machine (UNIONHALL_SHARED names its folder)")


def expected_rows(name: str, key: str) -> dict[int, dict[str, str]]:
    """A csv of expected answers by row number."""
    with shared_file(name).open(encoding="utf-8-sig", newline="") as file:
        return {int(row[key]): row for row in csv.DictReader(file)}
