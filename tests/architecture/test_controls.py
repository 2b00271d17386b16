"""``docs/controls.md`` is true: what a command names is there to be run."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.house import PACKAGE, ROOT, parsed

NAMED = re.compile(r"`([a-z]+(?:_[a-z]+)*)`|-k (\w+)")
FILE = re.compile(r"\b((?:unionhall|tests)/[\w/]+\.py)\b")


def lines() -> list[str]:
    text = (ROOT / "docs/controls.md").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.startswith("|")]


def names() -> list[str]:
    """Faults and tests that somebody may ask for by ``-k``."""
    found = {one or other for line in lines() for one, other in NAMED.findall(line)}
    return sorted(found)


def functions() -> set[str]:
    """Of every test, and of what is planted for one."""
    files = [*(ROOT / "tests").rglob("*.py"), *PACKAGE.rglob("tests/*.py")]
    return {
        node.name
        for file in files
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.FunctionDef)
    }


def test_what_is_named_is_there():
    known = functions()
    assert [name for name in names() if not any(name in one for one in known)] == []
    assert len(names()) > 20


@pytest.mark.parametrize("file", sorted({one for line in lines() for one in FILE.findall(line)}))
def test_a_file_that_is_named_is_there(file: str):
    assert (ROOT / file).exists()
