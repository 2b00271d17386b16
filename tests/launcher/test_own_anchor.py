"""What makes a house of its own never writes into the anchor of one in earnest."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import _harness
from demo import running
from demo.addresses import choose_front
from faults import __main__ as faults
from unionhall.base.ledger import anchor
from unionhall.base.provisions import ROOT

sys.path.insert(0, str(ROOT / "bin"))

import _gates


def of_a_demo(folder: Path) -> None:
    os.environ.update(running.environment(folder, choose_front("127.0.0.1", None, https=False)))


def of_a_gate(_folder: Path) -> None:
    os.environ.update(_gates.OWN_HOUSE)


@pytest.mark.parametrize("made", [of_a_demo, _harness.environment, faults.environment, of_a_gate])
def test_its_anchor_lies_in_its_own_data_folder(
    made: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", {**os.environ, "UNIONHALL_ANCHOR": "/srv/real/anchor.txt"})
    made(tmp_path)
    assert anchor.file_in(tmp_path) == tmp_path / anchor.NAME
