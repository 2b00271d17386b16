"""The project speaks of itself alone, and keeps secrets out of its files."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.architecture.house import ROOT

BINARY = (".png", ".jpg", ".mp4", ".xlsx", ".woff2", ".ico", ".mo")
FORBIDDEN = {
    "a registry's host": re.compile(
        "registry\\.npm" + "js|pypi\\.or" + "g|pythonhost" + "ed|deb\\.deb" + "ian"
    ),
    "a machine's path": re.compile("/wor" + "k/|/roo" + "t/\\.|/home/\\w+/"),
    "a mobile number that could be somebody's": re.compile(
        r"(?<![\d.])1[3-8]\d{9}(?!\d)|(?<![\d.])19[0-8]\d{8}(?!\d)"
    ),
}


def files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return [name for name in listed.stdout.splitlines() if not name.endswith(BINARY)]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_committed_file_holds(what: str):
    found = [
        f"{name}:{number}"
        for name in files()
        if (ROOT / name).is_file()
        and "vendored" not in name
        and not name.startswith("requirements/")
        for number, line in enumerate(
            (ROOT / name).read_text(encoding="utf-8", errors="ignore").splitlines(), 1
        )
        if FORBIDDEN[what].search(line)
    ]
    assert found == []
