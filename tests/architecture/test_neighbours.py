"""``lectures`` composes learning, quiz and welfare; no other edge between chapters exists."""

from __future__ import annotations

import ast

from tests.architecture.house import PACKAGE, parsed, shown

ALLOWED = {"lectures": {"learning", "quiz", "welfare"}}


def neighbours_imported(tree: ast.Module, own: str) -> set[str]:
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules += [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    chapters = {name.split(".")[2] for name in modules if name.startswith("unionhall.domain.")}
    return chapters - {own}


def test_the_only_edges_between_chapters_are_those_with_a_decision():
    wrong = [
        f"{shown(path)} → {chapter}"
        for app in (PACKAGE / "domain").iterdir()
        if app.is_dir()
        for path in app.rglob("*.py")
        if "tests" not in path.parts
        for chapter in neighbours_imported(parsed(path), app.name) - ALLOWED.get(app.name, set())
    ]
    assert wrong == []
