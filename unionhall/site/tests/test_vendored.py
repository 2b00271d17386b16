"""What others wrote is what they published: every vendored file is in a manifest, with its sum."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TypedDict

import pytest

ROOT = Path(__file__).parents[3]


class Vendored(TypedDict):
    """One file as the manifest lists it."""

    file: str
    sha256: str


class Package(TypedDict):
    """One package as the manifest lists it."""

    name: str
    version: str
    licence: str
    source: str
    files: list[Vendored]


SHELVES = [ROOT / "unionhall/site/static/vendored", ROOT / "tests/browser/vendored"]


@pytest.mark.parametrize("shelf", SHELVES, ids=lambda shelf: shelf.relative_to(ROOT).as_posix())
def test_every_vendored_file_is_listed_with_its_sum(shelf: Path) -> None:
    listed = {
        entry["file"]: entry["sha256"] for package in _manifest(shelf) for entry in package["files"]
    }
    found = {
        path.relative_to(shelf).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in shelf.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == listed


@pytest.mark.parametrize("shelf", SHELVES, ids=lambda shelf: shelf.relative_to(ROOT).as_posix())
def test_every_vendored_package_says_its_version_and_licence(shelf: Path) -> None:
    for package in _manifest(shelf):
        assert package["name"]
        assert package["version"]
        assert package["licence"] in {"0BSD", "MIT", "MPL-2.0"}
        assert any(entry["file"].endswith("LICENSE") for entry in package["files"])


def test_the_product_ships_no_test_tool() -> None:
    """MPL-2.0 stays out of what is shipped: axe-core is for tests only."""
    assert {package["licence"] for package in _manifest(SHELVES[0])} <= {"0BSD", "MIT"}


def _manifest(shelf: Path) -> list[Package]:
    manifest: list[Package] = json.loads((shelf / "manifest.json").read_text(encoding="utf-8"))
    return manifest
