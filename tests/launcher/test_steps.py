"""bin/_steps.py: what a failed step says, where only the beginning of it may be kept."""

import sys

from unionhall.base.provisions import ROOT

sys.path.insert(0, str(ROOT / "bin"))

import _steps


def test_a_failed_step_names_first_what_failed_and_shows_no_dots() -> None:
    said = [
        "........................................................................ [  2%]",
        "..F.............................                                         [100%]",
        "=================================== FAILURES ===================================",
        "E   assert 1 == 2",
        "FAILED unionhall/test_it.py::test_it - assert 1 == 2",
        "1 failed, 103 passed in 1.00s",
    ]
    assert _steps.told_of_failure(said) == [
        "FAILED unionhall/test_it.py::test_it - assert 1 == 2",
        "=================================== FAILURES ===================================",
        "E   assert 1 == 2",
        "1 failed, 103 passed in 1.00s",
    ]
