"""What bin/bench says, and the rolls it makes up."""

from __future__ import annotations

import io
import json

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from python_calamine import CalamineWorkbook

from bench.__main__ import BENCHES, read
from bench._giveaway import overtaken
from bench._harness import Figure, medians
from bench._recorded import keep, record
from bench._replayed import filled, kept
from bench._web import Answer
from bench.measured import COMMANDS, with_section
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
        (Figure("a", 350.0, "/s", 1000.0, at_least=0.35), 0.35, True),
        (Figure("a", 349.0, "/s", 1000.0, at_least=0.35), 0.349, False),
    ],
)
def test_a_figure_knows_whether_it_reached_its_goal(figure, ratio, ok):
    told = json.loads(figure.as_json())
    assert set(told) == {"bench", "value", "unit", "floor", "ratio", "goal", "ok"}
    assert (told["ratio"], told["ok"]) == (ratio and round(ratio, 2), ok)
    assert ("MISSED" in figure.as_line()) == (not ok)


def test_the_median_of_the_rounds_is_told():
    times = iter([5.0, 1.0, 3.0])
    assert medians(3, lambda: {"ours": next(times), "floor": 1.0}) == {"ours": 3.0, "floor": 1.0}


@pytest.mark.django_db
def test_what_was_recorded_of_one_is_asked_again_for_another(tmp_path):
    """Ids that a statement gave back are those of the new rows; what both share stays."""
    one, other = {"member": 27_007_920, "name": "周白露"}, {"member": 27_007_921, "name": "何立夏"}
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP SEQUENCE ids START 44007920")
        cursor.execute(
            "CREATE TEMP TABLE visit (id bigint DEFAULT nextval('ids'), member bigint, label text)"
        )
        cursor.execute("CREATE TEMP TABLE step (visit bigint, label text)")

    def visited() -> HttpResponse:
        with transaction.atomic(), connection.cursor() as cursor:
            given = [one["member"], one["name"]]
            cursor.execute("INSERT INTO visit (member, label) VALUES (%s, %s) RETURNING id", given)
            (visit,) = cursor.fetchone()
            cursor.execute("INSERT INTO step VALUES (%s, %s)", [visit, "到了"])
        return HttpResponse("到了", status=200)

    keep({"visit": record(visited, one)}, tmp_path / "kept")
    recording, given = kept(tmp_path / "kept")["visit"], []
    with connection.cursor() as cursor:
        for statement in recording.statements:
            cursor.execute(statement.sql, filled(statement.params, other, given))
            given.append(cursor.fetchone() if cursor.description else ())
        cursor.execute(
            "SELECT member, visit.label, step.label FROM visit JOIN step ON visit = id ORDER BY 1"
        )
        assert cursor.fetchall() == [(27_007_920, "周白露", "到了"), (27_007_921, "何立夏", "到了")]
    assert (recording.status, recording.body) == (200, "到了")


def test_who_asked_after_anothers_answer_has_no_better_place():
    def answered(began: float, ended: float) -> Answer:
        return Answer(200, "", b"", began, ended)

    first, beside, behind = answered(0, 2), answered(1, 3), answered(2.5, 4)
    assert overtaken([(1, first), (2, beside), (3, behind)]) == 0
    assert overtaken([(2, first), (1, beside), (3, behind)]) == 0, "at the same time, any order"
    assert overtaken([(3, first), (1, beside), (2, behind)]) == 1, "behind asked after first"
    assert overtaken([]) == 0


def test_sliced_goes_with_rush_alone():
    assert read(["rush", "--sliced"]).sliced
    with pytest.raises(SystemExit):
        read(["sold_out", "--sliced"])


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


def test_the_table_of_what_was_measured_names_every_bench():
    assert {words[1] for words in COMMANDS.values() if words[0] == "bench"} == set(BENCHES)


def test_a_section_of_the_table_is_said_anew_and_the_others_stay():
    told = with_section(with_section("", "quiz", "once\n```\n## 1\n```"), "claims", "first")
    again = with_section(told, "quiz", "twice")
    assert again.index("## claims\n\nfirst\n") < again.index("## quiz\n\ntwice\n")
    assert "once" not in again
    assert with_section(again, "quiz", "twice") == again
