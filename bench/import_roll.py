"""A roll of 100,000 rows, a tenth of them dirty: taken in, taken in again, and what the reader needs.

The floor: calamine reads the same file in this process, and the rows go into one table by COPY.
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator

from django.core.management import call_command
from django.db import connection
from python_calamine import CalamineWorkbook

from bench._harness import Figure, database, medians, seconds
from bench.rolls import HEADINGS, TODAY, UNIONS, Roll, as_xlsx
from unionhall.people.members import actions as members
from unionhall.people.members.models import Member, Membership, RollImport
from unionhall.people.members.queries import judging, unions_that_take_members
from unionhall.people.unions.models import Union

ROWS, DIRT = 100_000, 0.1
DAYS = (5, 12)
GOALS = {"first": 6.0, "again": 4.0, "child": 512.0}
# The peak of a child counts what its parent held when it began: so a small parent asks.
PEAK_OF_CHILD = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-I", sys.argv[1]], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def figures(rounds: int) -> Iterator[Figure]:
    """The first import, the same file again without a change, and the reading child's memory."""
    roll = Roll(ROWS, DIRT)
    content = as_xlsx(roll)
    with database("bench_unions"):
        call_command("import_unions", str(UNIONS.with_name("unions.xlsx")), stdout=io.StringIO())
        took = medians(rounds, lambda: one_round(content, roll))
        unions = list(unions_that_take_members(Union.objects.get_root_nodes().get()))
    yield Figure("import_roll", took["first"], "s", took["floor"], GOALS["first"])
    yield Figure("import_roll_again", took["again"], "s", took["floor"], GOALS["again"])
    yield Figure(
        "import_roll_child", megabytes_of_child(content, unions), "MB", goal=GOALS["child"]
    )


def one_round(content: bytes, roll: Roll) -> dict[str, float]:
    """Floor, first import and second import, from the same state of the database each time."""
    with database("bench_round", like="bench_unions"):
        took = {
            "floor": seconds(lambda: floor(content)),
            "first": seconds(lambda: take_in(content)),
            "again": seconds(lambda: take_in(content)),
        }
        check(roll)
    return took


def floor(content: bytes) -> None:
    """Read, and put into a table as it is."""
    columns = ", ".join(
        f'"{heading}" {"date" if at in DAYS else "text"}' for at, heading in enumerate(HEADINGS)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_roll ({columns})")
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        with cursor.copy("COPY bench_roll FROM STDIN") as copy:
            for row in rows[1:]:
                copy.write_row(row)


def take_in(content: bytes) -> None:
    """All that the product does between the upload and the last row."""
    top = Union.objects.get_root_nodes().get()
    roll = members.receive_roll(content, name="名册.xlsx", union=top, by=None, as_of=TODAY)
    members.check_roll(roll.pk)
    members.confirm_roll(RollImport.objects.get(pk=roll.pk), by=None)
    while members.take_in_next(roll.pk):
        pass


def check(roll: Roll) -> None:
    """What was measured is worth nothing unless it is right."""
    first, again = RollImport.objects.order_by("pk")
    people = roll.verdicts["accepted"] + roll.verdicts["accepted_normalised"]
    for one in (first, again):
        assert one.state == RollImport.State.DONE, one.problem
        assert one.counts["verdicts"] == {**roll.verdicts, "not_data": 1}, one.counts
    assert first.counts["effects"] == {"new": people}, first.counts
    assert again.counts["effects"] == {"unchanged": people}, again.counts
    assert Member.objects.count() == Membership.objects.filter(left_on=None).count() == people


def megabytes_of_child(content: bytes, unions: list[str]) -> float:
    """The most memory that the process needs which reads and judges the file."""
    against = judging.HeldAgainst(
        grassroots=unions, upper=[], today=TODAY, allow_test_ids=True, of_union=None
    )
    asked = [sys.executable, "-c", PEAK_OF_CHILD, str(judging.CHILD)]
    given = judging.input_of_child(content, against)
    said = subprocess.run(asked, input=given, capture_output=True, check=True)  # noqa: S603 - our own words
    return int(said.stdout) / 1024
