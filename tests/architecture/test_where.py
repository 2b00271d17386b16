"""``docs/where.md`` is true: each row's file exists and has the function it names."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.house import PACKAGE, ROOT, parsed

ROW = re.compile(r"^\| (?P<says>[^|]+) \| `?(?P<file>[\w./-]+?)`?(?: `(?P<name>[\w.]+)`)? \|$")


def rows() -> list[tuple[str, str, str]]:
    text = (ROOT / "docs/where.md").read_text(encoding="utf-8")
    found = [ROW.match(line) for line in text.splitlines()]
    return [
        (row["says"], row["file"], row["name"] or "")
        for row in found
        if row and row["file"] not in {"---", "open"}
    ]


def names_in(path: str) -> set[str]:
    target = PACKAGE / path
    files = sorted(target.rglob("*.py")) if target.is_dir() else [target]
    return {
        node.name
        for file in files
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


@pytest.mark.parametrize(("says", "file", "name"), rows())
def test_a_line_of_where_is_true(says: str, file: str, name: str):
    assert (PACKAGE / file).exists(), f"{says}: {file} is gone"
    assert not name or name in names_in(file), f"{says}: {name} is not in {file}"


def test_a_stale_line_would_be_seen():
    with pytest.raises(AssertionError, match="is gone"):
        test_a_line_of_where_is_true("a club is founded", "domain/clubs/actions.py", "found")
    with pytest.raises(AssertionError, match="is not in"):
        test_a_line_of_where_is_true("a member signs in", "people/accounts/actions", "sign_on")


def test_the_page_has_rows():
    assert len(rows()) >= 25
