"""Kill -9 at random points of the import of a list: in the end the tree is as after one clean run."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.journeys.test_killed_import import ROOT, address
from unionhall.base.ledger.queries import entries_of
from unionhall.people.unions import actions as tree
from unionhall.people.unions.invariants import INVARIANTS
from unionhall.people.unions.models import Change, Edge, ListImport, ListRow, Union
from unionhall.people.unions.tests.test_lists import a_code

UNIONS, KILLS = (20_000, 20) if os.environ.get("UNIONHALL_FULL") else (800, 3)
HEADING = "工会名称,上级工会,组织级别,统一社会信用代码,职工人数\n"
COLUMNS = ("name", "level", "uscc", "workers", "depth", "numchild", "path")


def rows_of(number: int, *, year: int) -> list[str]:
    """A district of streets, plants and branches; a year later some are renamed, moved, grown."""
    rows = ["云桥区总工会,,1,,"]
    for street in range(number // 100):
        rows.append(f"{street}街道总工会,云桥区总工会,2,,")
        for plant in range(20):
            nth = street * 20 + plant
            name = f"{nth}号厂工会" if nth % 7 or year == 1 else f"新{nth}号厂工会"
            above = (street + 1) % (number // 100) if year == 2 and not nth % 11 else street
            rows.append(f"{name},{above}街道总工会,3,{a_code(nth)},{100 * year}")
            rows += [f"{branch}分会,{name},4,,{year}" for branch in range(2 + 2 * year)]
    return [rows[0], *reversed(rows[1:])]  # parents below their children


def a_file(year: int) -> bytes:
    return (HEADING + "\n".join(rows_of(UNIONS, year=year)) + "\n").encode()


@pytest.mark.django_db(transaction=True)
def test_a_killed_list_ends_like_a_clean_one():
    chance, kills = random.Random(20), 0
    clean, took, _kills = two_years(itertools.repeat(None))
    assert clean["effects"]["moved"]
    assert clean["effects"]["updated"]
    while kills < KILLS:
        delays = (chance.uniform(0, took) for _nth in range(2 * KILLS))
        killed, _took, hit = two_years(delays)
        assert killed == clean
        kills += hit


def two_years(delays):
    """The tree after a first list and the next year's; how long the second took, and how many kills hit."""
    forget_everything()
    hits = 0
    for year in (1, 2):
        sent = tree.receive_list(a_file(year), name="台账.csv", by=None)
        took, hit = seen_through(sent, delays)
        hits += hit
    assert not any(list(one.offenders()) for one in INVARIANTS)
    return state_of(sent), took, hits


def seen_through(sent, delays):
    for kills in itertools.count():
        with started(sent) as worker:
            assert worker.stdout.readline() == b"ready\n"
            began = time.monotonic()
            try:
                worker.wait(next(delays, None))
            except subprocess.TimeoutExpired:
                worker.kill()
        if worker.returncode == 0:
            return time.monotonic() - began, kills
        assert worker.returncode == -signal.SIGKILL
    return None


def started(sent):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.planting", str(sent.pk)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": address(), "UNIONHALL_POOL": "0"},
        stdout=subprocess.PIPE,
    )


def state_of(sent):
    """All that an import leaves, by what it says; keys and sealed bytes are new every time."""
    sent.refresh_from_db()
    names = dict(Union.objects.values_list("pk", "name"))
    rows = ListRow.objects.filter(list_import=sent).order_by("place")
    return {
        "list": (sent.state, sent.turns, sent.counts),
        "effects": sent.counts["effects"],
        "entries": sorted(entry.action for entry in entries_of(sent)),
        "unions": list(Union.objects.order_by("path").values_list(*COLUMNS)),
        "carry": Union.objects.filter(batch_id=sent.batch_id).count(),
        "edges": sorted(
            Edge.objects.values_list("union__path", "parent__path", "until_on"), key=str
        ),
        "changes": sorted(
            (
                one.union.path,
                one.column,
                names[json.loads(one.was)] if one.column == "parent" else one.was,
            )
            for one in Change.objects.select_related("union")
        ),
        "rows": list(rows.values_list("place", "verdict", "effect", "turn", "union__path")),
        "said": [row.changes and [one[:3] for one in json.loads(row.changes)] for row in rows],
    }


def forget_everything():
    ListImport.absent.through.objects.all().delete()
    for model in (ListRow, ListImport, Change, Edge, Union):
        model.objects.all()._raw_delete(using="default")
