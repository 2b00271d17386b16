"""The program that opens files meets its limits: each ends in a refusal, not in a hung desk."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import unionhall
from unionhall.base import spreadsheets
from unionhall.base.spreadsheets import UnreadableFile, read_workbook
from unionhall.base.tests.hostile_files import a_workbook

ROOT = Path(unionhall.__file__).parents[1]
CAPPED = f"""
import resource, sys
sys.path.insert(0, {str(ROOT)!r})
from unionhall.base import spreadsheet_child as child
child.LIMITS.update({{LIMITS}})
{{THEN}}
"""


def a_program(tmp_path, then: str, limits: str = "{}") -> Path:
    program = tmp_path / "child.py"
    program.write_text(CAPPED.replace("{LIMITS}", limits).replace("{THEN}", then))
    return program


@pytest.fixture
def opened_by(monkeypatch):
    def opened_by(program, content):
        monkeypatch.setattr(spreadsheets, "CHILD", program)
        with pytest.raises(UnreadableFile) as refusal:
            read_workbook(content, name="a.xlsx")
        return refusal.value

    return opened_by


def test_seconds_of_work_are_few(tmp_path, opened_by):
    then = "child.Archive = lambda *given: [0 for _ in iter(int, 1)]; child.main()"
    refusal = opened_by(a_program(tmp_path, then, "{resource.RLIMIT_CPU: 1}"), a_workbook())
    assert refusal.reason == "too_long"
    assert "一分钟" in refusal.why


def test_memory_is_half_a_gigabyte(tmp_path, opened_by):
    for eater in ("[bytes(1 << 20) for _ in iter(int, 1)]", "bytearray(600 << 20)"):
        then = f"child.Archive = lambda *given: {eater}; child.main()"
        assert opened_by(a_program(tmp_path, then), a_workbook()).reason == "too_large"


def test_a_program_that_is_killed_is_a_refusal(tmp_path, opened_by):
    then = "import os; os.abort()"
    assert opened_by(a_program(tmp_path, then), a_workbook()).reason == "too_large"


FORK = ["__import__('os').fork()"] if os.geteuid() else []  # the limit does not bind root


@pytest.mark.parametrize(
    "deed",
    [
        "open('/etc/passwd')",
        "open('/tmp/unionhall-never', 'w')",
        "__import__('socket').socket()",
        "__import__('os').pipe()",
        "__import__('subprocess').run(['true'], stdout=-1)",
        *FORK,
    ],
)
def test_it_can_open_nothing_and_start_nothing(tmp_path, deed):
    then = f"import os, socket, subprocess; child.cap()\ntry: {deed}\nexcept OSError as error: print(error.errno)"
    told = subprocess.run(
        [sys.executable, "-I", str(a_program(tmp_path, then))], capture_output=True, check=False
    )
    assert told.stdout.strip() in {b"24", b"11"}, told.stderr  # EMFILE, EAGAIN


def test_it_leaves_no_image_of_its_memory(tmp_path):
    then = "child.cap(); print(resource.getrlimit(resource.RLIMIT_CORE))"
    told = subprocess.run(
        [sys.executable, "-I", str(a_program(tmp_path, then))], capture_output=True, check=True
    )
    assert told.stdout.strip() == b"(0, 0)"
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != 512 << 20  # ours are ours
