"""Kill -9 at twenty random points of an import: in the end everything is as after one clean run."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from bench.rolls import TODAY, UNIONS, Roll, as_xlsx
from unionhall.base.ledger.queries import entries_of
from unionhall.people.members import actions as members
from unionhall.people.members.models import (
    Change,
    Member,
    Membership,
    RollRow,
    TransferRequest,
)
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union

ROOT = Path(__file__).resolve().parents[2]
ROWS, KILLS = (100_000, 20) if os.environ.get("UNIONHALL_FULL") else (3_000, 3)
ROWS_OF_CHANGES = ROWS * 2 // 10 if os.environ.get("UNIONHALL_FULL") else 3_000
PERSON = (
    "name", "id_kind", "id_index", "phone_index", "phone_tail_index", "sex", "born_on",
    "ethnicity", "education", "skill_grade", "front_line", "employment",
)  # fmt: skip
PLACE = ("member__id_index", "union__name", "standing", "department", "joined_on", "left_on")
ROW = (
    "place", "sheet", "row", "verdict", "reason_codes", "normalisations", "warnings", "effect",
    "member__id_index",
)  # fmt: skip


@pytest.fixture
def district(transactional_db):
    content = UNIONS.with_name("unions.xlsx").read_bytes()
    tree.take_in_file(content, name="unions.xlsx")
    return Union.objects.get_first_root_node()


def test_a_killed_import_ends_like_a_clean_one(district):
    content, chance = as_xlsx(Roll(ROWS, 0.1)), random.Random(20)
    clean, took, _kills = seen_through(content, district, iter(()))
    kills = 0
    while kills < KILLS:
        forget_everybody()
        delays = (chance.uniform(0, took) for _kill in range(KILLS - kills))
        killed, _took, hit = seen_through(content, district, delays)
        assert killed == clean
        kills += hit


def test_a_killed_import_of_changes_ends_like_a_clean_one(district):
    """New people, changed ones, and ones who are asked for, all in one roll, batch after batch."""
    last_year, content, chance = *two_years(), random.Random(21)
    seen_through(last_year, district, iter(()))
    clean, took, _kills = seen_through(content, district, iter(()))
    assert set(clean["roll"][2]["effects"]) == {"new", "updated", "unchanged", "elsewhere"}
    kills = 0
    while kills < KILLS:
        forget_everybody()
        seen_through(last_year, district, iter(()))
        delays = (chance.uniform(0, took) for _kill in range(KILLS - kills))
        killed, _took, hit = seen_through(content, district, delays)
        assert killed == clean
        kills += hit


def two_years():
    """A roll, and the next year's: a third of it as it was, the others changed, moved or new."""
    first = Roll(ROWS_OF_CHANGES, 0)
    people = list(first.people())
    kept = people[: len(people) * 3 // 4]
    mended = [changed(first, nth, person) for nth, person in enumerate(people)]
    return written(kept), written(mended)


def changed(roll, nth, person):
    return (
        person,
        replace(person, department="档案室", phone=f"1990049{nth % 10_000:04}"),
        replace(person, union=roll.elsewhere(person.union)),
    )[nth % 3]


def written(people):
    """The workbook of these rows."""
    roll = Roll(0, 0)
    roll.people = lambda: iter(people)
    return as_xlsx(roll)


def seen_through(content, top, delays):
    """What is there when the roll is done, the seconds of the last start, and how many kills hit."""
    roll = members.receive_roll(content, name="名册.xlsx", union=top, by=None, as_of=TODAY)
    for kills in itertools.count():
        with started(roll) as worker:
            assert worker.stdout.readline() == b"ready\n"
            began = time.monotonic()
            try:
                worker.wait(next(delays, None))
            except subprocess.TimeoutExpired:
                worker.kill()
        if worker.returncode == 0:
            return state_of(roll), time.monotonic() - began, kills
        assert worker.returncode == -signal.SIGKILL
    return None


def started(roll):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.taking_in", str(roll.pk)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": address(), "UNIONHALL_POOL": "0"},
        stdout=subprocess.PIPE,
    )


def address():
    given = connection.settings_dict
    login = ":".join(quote(given[part], safe="") for part in ("USER", "PASSWORD") if given[part])
    port = f"&port={given['PORT']}" if given["PORT"] else ""
    return f"postgresql://{login}@/{given['NAME']}?host={quote(given['HOST'], safe='')}{port}"


def state_of(roll):
    """All that an import leaves, by what it says; keys and sealed bytes are new every time."""
    roll.refresh_from_db()
    members_of_batch = Member.objects.filter(batch_id=roll.batch_id)
    return {
        "roll": (roll.state, roll.rows, roll.counts),
        "entries": sorted(entry.action for entry in entries_of(roll)),
        "people": list(members_of_batch.order_by("id_index").values_list(*PERSON)),
        "numbers": {one.id_index: (one.id_number, one.phone) for one in members_of_batch},
        "places": list(
            Membership.objects.filter(batch_id=roll.batch_id)
            .order_by("member__id_index")
            .values_list(*PLACE)
        ),
        "everybody": (Member.objects.count(), Membership.objects.count()),
        "changes": sorted(
            map(
                repr,
                Change.objects.filter(entry_id=roll.batch_id).values_list(
                    "member__id_index", "column", "was"
                ),
            )
        ),
        "asked": sorted(
            TransferRequest.objects.filter(roll_import=roll).values_list(
                "member__id_index", "from_union__name", "to_union__name", "department", "state"
            )
        ),
        "members": sorted(map(repr, Member.objects.values_list(*PERSON))),
        "memberships": sorted(map(repr, Membership.objects.values_list(*PLACE))),
        "newcomers": list(roll.newcomers.order_by("place").values_list("place", "id_index")),
        "rows": list(RollRow.objects.filter(roll_import=roll).order_by("place").values_list(*ROW)),
        "values": list(
            RollRow.objects.filter(roll_import=roll)
            .order_by("place")
            .values_list("values", flat=True)
        ),
    }


def forget_everybody():
    """By TRUNCATE: Django would look for whatever points at each of 100,000 people."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE members_member, members_roll_import CASCADE")
