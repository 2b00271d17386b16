"""How the tests of this folder see the house: its root, its apps, its floors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "unionhall"

# From the ground up; apps in one set are neighbours.
FLOORS: list[set[str]] = [
    {"ledger", "files", "exports", "replay"},
    {"accounts"},
    {"personal"},
    {"unions"},
    {"programs"},
    {"webhooks"},
    {"members"},
    {"audience"},
    {"notify", "search"},
    {"allotment", "casework"},
    {"corrections", "enrolment", "learning", "quiz", "welfare"},
    {"lectures"},
]


def floor_of(label: str) -> int:
    """The height of an app; foreign apps (auth, sessions) are the ground."""
    return next((height for height, labels in enumerate(FLOORS) if label in labels), -1)


def own_apps() -> list[str]:
    """Labels of the apps that have tables of ours."""
    return [
        config.label
        for config in apps.get_app_configs()
        if config.name.startswith("unionhall.") and config.label != "site"
    ]


def sources() -> Iterator[Path]:
    """Every Python file of the product, without tests and migrations."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.relative_to(PACKAGE).parts):
            yield path


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def shown(path: Path) -> str:
    """How a test names a file: from the root of the project."""
    return path.relative_to(ROOT).as_posix()


def files_named(*stems: str) -> Iterator[Path]:
    """Files of the shelf by name, also where one has become a package."""
    for path in sources():
        if path.stem in stems or path.parent.name in stems:
            yield path
