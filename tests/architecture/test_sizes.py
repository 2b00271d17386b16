"""Functions a reader can hold, files she can scroll (the 95th percentile of calm Django code)."""

from __future__ import annotations

import ast

from tests.architecture.house import parsed, shown, sources

LONGEST_FUNCTION, LONGEST_FILE = 40, 400


def functions_over(tree: ast.Module, limit: int) -> list[tuple[str, int]]:
    return [
        (node.name, length)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > limit
    ]


def test_functions_are_short():
    long = [
        f"{shown(path)} {name}: {length} lines"
        for path in sources()
        for name, length in functions_over(parsed(path), LONGEST_FUNCTION)
    ]
    assert long == []


def test_files_are_short():
    long = [
        f"{shown(path)}: {lines} lines"
        for path in sources()
        if (lines := lines_over(path.read_text(encoding="utf-8"), LONGEST_FILE))
    ]
    assert long == []


def lines_over(text: str, limit: int) -> int:
    """How many lines, where they are too many; else nought."""
    lines = len(text.splitlines())
    return lines if lines > limit else 0


def test_a_long_file_would_be_seen():
    assert lines_over("x = 1\n" * 401, LONGEST_FILE) == 401
    assert lines_over("x = 1\n" * 400, LONGEST_FILE) == 0


def test_a_long_function_would_be_seen():
    tree = ast.parse("def f():\n" + "    x = 1\n" * 40)
    assert functions_over(tree, LONGEST_FUNCTION) == [("f", 41)]
