"""What bin/bench says, and the rolls it makes up."""

from __future__ import annotations

import io
import json

import pytest
from python_calamine import CalamineWorkbook

from bench.__main__ import BENCHES, read
from bench._harness import Figure, medians
from bench.rolls import HEADINGS, TODAY, Roll, as_xlsx, members_by_union
from unionhall.base.spreadsheets import read_workbook
from unionhall.people.members.rules import UnionNames, read_roll


@pytest.mark.parametrize(
    ("figure", "ratio", "ok"),
    [
        (Figure("a", 12.0, "s", 2.0, 6.0), 6.0, True),
        (Figure("a", 12.1, "s", 2.0, 6.0), 6.05, False),
        (Figure("a", 12.0, "s", 2.0), 6.0, True),
        (Figure("a", 513.0, "MB", goal=512.0), None, False),
        (Figure("a", 512.0, "MB", goal=512.0), None, True),
    ],
)
def test_a_figure_knows_whether_it_reached_its_goal(figure, ratio, ok):
    told = json.loads(figure.as_json())
    assert set(told) == {"bench", "value", "unit", "floor", "ratio", "goal", "ok"}
    assert (told["ratio"], told["ok"]) == (ratio, ok)
    assert ("MISSED" in figure.as_line()) == (not ok)


def test_the_median_of_the_rounds_is_told():
    times = iter([5.0, 1.0, 3.0])
    assert medians(3, lambda: {"ours": next(times), "floor": 1.0}) == {"ours": 3.0, "floor": 1.0}


def test_an_unknown_bench_is_refused(capsys):
    assert read(list(BENCHES)).names == list(BENCHES)
    with pytest.raises(SystemExit):
        read(["nonsense"])
    assert "nonsense" in capsys.readouterr().err


def test_a_roll_is_the_same_again_from_the_same_seed():
    first, again, other = (list(Roll(300, 0.1, seed).people()) for seed in (1, 1, 2))
    assert first == again != other


def test_every_made_up_row_comes_to_what_its_roll_says():
    roll = Roll(2000, 0.1)
    content = as_xlsx(roll)
    verdicts = read_roll(
        read_workbook(content, name="名册.xlsx"),
        unions=UnionNames(members_by_union().keys()),
        today=TODAY,
        allow_test_ids=True,
    )
    found = [verdict.verdict.value for verdict in verdicts][1:]
    assert {kind: found.count(kind) for kind in set(found)} == roll.verdicts
    assert roll.verdicts["rejected"] == 100
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert tuple(rows[0]) == HEADINGS
