"""bin/_house.py: the set-up is made once, made again when broken, and says what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from unionhall.base.provisions import ROOT

sys.path.insert(0, str(ROOT / "bin"))

import _house


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The same scripts in a checkout of their own, whose lock files name nothing to install."""
    monkeypatch.setattr(_house, "ROOT", tmp_path)
    monkeypatch.setattr(_house, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(_house, "PYTHON", tmp_path / ".venv/bin/python")
    monkeypatch.setattr(_house, "STAMP", tmp_path / ".venv/installed.json")
    (tmp_path / "requirements").mkdir()
    for kind in ("run", "dev"):
        (tmp_path / "requirements" / f"{kind}.txt").write_text("# nothing\n")
    return _house


def test_set_up_is_made_once_and_again_when_the_lock_file_changes(house: ModuleType) -> None:
    assert not house.is_installed("run")
    house.install("run")
    assert house.is_installed("run")
    assert not house.is_installed("dev")
    first = house.STAMP.stat().st_mtime_ns
    house.install("run")
    assert house.STAMP.stat().st_mtime_ns == first
    house.lock_file("run").write_text("# something else\n")
    assert not house.is_installed("run")


def test_tools_hold_all_that_running_needs(house: ModuleType) -> None:
    house.install("dev")
    assert house.is_installed("run")
    assert house.is_installed("dev")


def test_set_up_that_was_broken_off_begins_anew(house: ModuleType) -> None:
    (house.VENV / "bin").mkdir(parents=True)
    (house.VENV / "bin/python").write_text("half")
    left_over = house.VENV / "half-a-package"
    left_over.touch()
    house.install("run")
    assert house.is_installed("run")
    assert not left_over.exists()


def test_two_at_once_do_not_destroy_each_other(house: ModuleType) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import _house; from pathlib import Path\n"
        "_house.ROOT = Path(sys.argv[2]); _house.VENV = _house.ROOT / '.venv'\n"
        "_house.PYTHON = _house.VENV / 'bin/python'; _house.STAMP = _house.VENV / 'installed.json'\n"
        "_house.install('run')\n"
    )
    command = [sys.executable, "-c", code, str(ROOT / "bin"), str(house.ROOT)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [child.communicate()[1] for child in both]
    assert [child.returncode for child in both] == [0, 0]
    assert sum("Setting up" in text for text in said) == 1
    assert json.loads(house.STAMP.read_text())["run"] == house.digest("run")


def test_says_in_one_sentence_what_cannot_be_installed(house: ModuleType) -> None:
    house.lock_file("run").write_text("nothing-of-this-name==1.0 --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(SystemExit, match=r"^Unionhall could not install the packages of .*run.txt"):
        house.install("run")
    assert not house.is_installed("run")


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        (
            (3, 9),
            "Unionhall needs Python 3.11 or newer with venv; this is 3.9. "
            "On Debian: apt install python3.11-venv",
        ),
        (
            (3, 12),
            "Unionhall needs Python 3.11 or newer with venv; this 3.12 comes without venv. "
            "On Debian: apt install python3-venv",
        ),
    ],
)
def test_says_in_one_sentence_which_python_is_missing(
    house: ModuleType, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int], sentence: str
) -> None:
    monkeypatch.setattr(house, "answer_of", lambda _: "")
    monkeypatch.setattr(house.sys, "version_info", version)
    with pytest.raises(SystemExit) as ended:
        house.fitting_python()
    assert ended.value.code == sentence


def test_prefers_a_python_that_is_tried(house: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {sys.executable: "3.14", "/opt/python3.12": "3.12"}
    monkeypatch.setattr(house, "answer_of", lambda words: known.get(words[0], ""))
    monkeypatch.setattr(house.shutil, "which", lambda name: f"/opt/{name}")
    assert house.fitting_python() == "/opt/python3.12"
    del known["/opt/python3.12"]
    assert house.fitting_python() == sys.executable
