from __future__ import annotations

import pytest

from unionhall.kernel.casework.stages import LifecycleError, Stage, Stages, Waits


def a_cycle(*stages: Stage) -> Stages:
    try:
        return Stages("tests.cycle", "", stages, page="", desk_page="")
    finally:
        Stages.known.pop("tests.cycle", None)


ASKED = Stage("asked", "", "", Waits.UNION, to=("done",))
DONE = Stage("done", "", "", Waits.NOBODY)


def test_a_cycle_begins_with_its_first_stage():
    assert a_cycle(ASKED, DONE).first is ASKED
    assert a_cycle(ASKED, DONE).stage("done").ends


@pytest.mark.parametrize(
    ("stages", "hole"),
    [
        ((ASKED,), "asked leads to done, which is no stage"),
        ((ASKED, DONE, DONE), "two stages have one code"),
        ((ASKED, DONE, Stage("lost", "", "", Waits.NOBODY)), "nothing leads to lost"),
        ((Stage("asked", "", "", Waits.NOBODY, to=("done",)), DONE), "waits for nobody"),
        ((ASKED, Stage("done", "", "", Waits.UNION)), "ends and waits for somebody"),
        (
            (
                Stage("asked", "", "", Waits.UNION, to=("round", "done")),
                Stage("round", "", "", Waits.UNION, to=("round",)),
                DONE,
            ),
            "from round there is no end",
        ),
    ],
)
def test_a_hole_is_found_when_the_cycle_is_written_down(stages, hole):
    with pytest.raises(LifecycleError, match=hole):
        a_cycle(*stages)
