"""Each way of breaking a rule is tried on a copy of the house, and the check that guards it says no."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.house import ROOT

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Break:
    """Code added to ``file``; ``check`` must fail and its output name ``says``."""

    file: str
    code: str
    says: str
    check: str = "lint-imports"


FLOORS, NEIGHBOURS = "Six floors", "Domain apps are neighbours"
INSIDE, KERNEL = "Inside every app", "Order inside the kernel"

BREAKS = {
    "quiz imports welfare": Break(
        "domain/quiz/queries.py", "import unionhall.domain.welfare.queries", NEIGHBOURS
    ),
    "welfare imports quiz": Break(
        "domain/welfare/queries.py", "import unionhall.domain.quiz.queries", NEIGHBOURS
    ),
    "quiz imports learning": Break(
        "domain/quiz/actions.py", "import unionhall.domain.learning.queries", NEIGHBOURS
    ),
    "quiz imports lectures": Break(
        "domain/quiz/queries.py", "import unionhall.domain.lectures.queries", NEIGHBOURS
    ),
    "allotment imports quiz": Break(
        "kernel/allotment/queries.py", "import unionhall.domain.quiz.queries", FLOORS
    ),
    "allotment imports quiz inside a function": Break(
        "kernel/allotment/queries.py", "def f():\n    import unionhall.domain.quiz.queries", FLOORS
    ),
    "members imports allotment": Break(
        "people/members/queries.py", "import unionhall.kernel.allotment.queries", FLOORS
    ),
    "base imports people": Break(
        "base/clock.py", "import unionhall.people.members.queries", FLOORS
    ),
    "notify imports allotment": Break(
        "kernel/notify/queries.py", "import unionhall.kernel.allotment.queries", KERNEL
    ),
    "unions imports members": Break(
        "people/unions/queries.py", "import unionhall.people.members.queries", "Order inside people"
    ),
    "quiz reads the tables of allotment": Break(
        "domain/quiz/queries.py",
        "import unionhall.kernel.allotment.models",
        "Only allotment touches",
    ),
    "welfare reads the tables of notify": Break(
        "domain/welfare/forms.py", "import unionhall.kernel.notify.models", "Only notify touches"
    ),
    "quiz reads the table of the ledger": Break(
        "domain/quiz/queries.py", "import unionhall.base.ledger.models", "Only the ledger touches"
    ),
    "another kernel reads the tables of allotment": Break(
        "kernel/audience/queries.py",
        "import unionhall.kernel.allotment.models",
        "Only allotment touches",
    ),
    "actions import forms": Break(
        "domain/lectures/actions/drafts.py", "import unionhall.domain.lectures.forms", INSIDE
    ),
    "a model without its migration": Break(
        "domain/welfare/models.py",
        "class Extra(models.Model):\n    class Meta:\n        db_table = 'welfare_extra'",
        "Create model Extra",
        "migrations",
    ),
    "rules import queries": Break(
        "kernel/audience/rules.py", "import unionhall.kernel.audience.queries", INSIDE
    ),
    "models import queries": Break(
        "domain/welfare/models.py", "import unionhall.domain.welfare.queries", INSIDE
    ),
    "queries import actions": Break(
        "people/unions/queries.py", "import unionhall.people.unions.actions", INSIDE
    ),
    "actions import access": Break(
        "people/unions/actions.py", "import unionhall.people.unions.access", INSIDE
    ),
    "a new chapter that nobody placed": Break("domain/gardens/__init__.py", "", NEIGHBOURS),
    "queries import django.http": Break(
        "people/unions/queries.py", "from django.http import HttpRequest", "TID251", "ruff"
    ),
    "signals": Break(
        "people/unions/queries.py", "from django.dispatch import Signal", "TID251", "ruff"
    ),
    "a kernel under another alias": Break(
        "domain/quiz/queries.py",
        "from unionhall.kernel.allotment import actions as pools",
        "ICN001",
        "ruff",
    ),
    "an import inside a function": Break(
        "people/unions/queries.py", "def f() -> None:\n    import json", "PLC0415", "ruff"
    ),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The house without what the checks do not read."""
    target = tmp_path_factory.mktemp("house")
    ignore = shutil.ignore_patterns("tests", "__pycache__", "static", "templates", "locale")
    shutil.copytree(ROOT / "unionhall", target / "unionhall", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", target)
    return target


def run(check: str, house: Path, file: Path) -> subprocess.CompletedProcess[str]:
    command = {
        "lint-imports": [str(BIN / "lint-imports"), "--no-cache"],
        "ruff": [str(BIN / "ruff"), "check", "--no-cache", str(file)],
        "migrations": [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run"],
    }[check]
    return subprocess.run(
        command, cwd=house, capture_output=True, text=True, check=False, env=_env(house)
    )


def _env(house: Path) -> dict[str, str]:
    """The copy's own, with what settings need of ours."""
    kept = {
        name: word
        for name, word in os.environ.items()
        if name.startswith(("UNIONHALL_", "DATABASE_"))
    }
    own = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(house), "HOME": str(house), "LANG": "C.UTF-8"}
    return kept | own | {"DJANGO_SETTINGS_MODULE": "unionhall.site.settings"}


def test_the_copy_is_sound(copy: Path):
    sound = run("lint-imports", copy, copy)
    assert sound.returncode == 0, sound.stdout + sound.stderr


@pytest.mark.parametrize("name", BREAKS)
def test_it_is_caught(copy: Path, name: str):
    broken = BREAKS[name]
    file = in_copy(copy, broken.file)
    before = file.read_text(encoding="utf-8") if file.exists() else None
    file.parent.mkdir(exist_ok=True)
    try:
        file.write_text((before or "") + "\n\n" + broken.code + "\n", encoding="utf-8")
        result = run(broken.check, copy, file)
    finally:
        if before is None:
            shutil.rmtree(file.parent)
        else:
            file.write_text(before, encoding="utf-8")
    assert result.returncode != 0
    assert says_no(broken, result.stdout + result.stderr), result.stdout + result.stderr


def in_copy(copy: Path, name: str) -> Path:
    """The file; its package's ``__init__`` where it has become one; a new chapter's, made for the occasion."""
    file = copy / "unionhall" / name
    package = file.with_suffix("") / "__init__.py"
    return package if package.exists() else file


def says_no(broken: Break, told: str) -> bool:
    """The contract is named as broken; a chapter that nobody placed is named itself."""
    if broken.check != "lint-imports":
        return broken.says in told
    if not broken.code:
        return "gardens" in told
    return any(broken.says in line and "BROKEN" in line for line in told.splitlines())
