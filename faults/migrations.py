"""kill -9 in the middle of a migration, at random moments (F18): run again, it comes to its end."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator

import psycopg

from demo.processes import ROOT
from faults.bed import BARE, Bed
from faults.outcome import Outcome

STARTING_S = 0.5  # until the first statement, about
TRIES = 3
PRODUCT = ("manage.py", "migrate", "--verbosity", "0")
MIGRATE = """
import django, django.core.management

django.setup()
from faults import bugs
bugs.plant("no_transactions")
django.core.management.call_command("migrate", verbosity=0)
"""
BUGGY = ("-c", MIGRATE)
SCHEMA = """
    SELECT 'column', table_name || '.' || column_name, data_type || is_nullable || coalesce(column_default, '')
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid)
    FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'migration', app, name FROM django_migrations
"""


def migration(bed: Bed) -> Iterator[Outcome]:
    """From nothing to today's tables, killed on the way, each time in a new database."""
    chance = random.Random(bed.seed)  # noqa: S311 - reproducible
    outcome, took = Outcome("kill in a migration"), bed.migrated_s
    whole = schema(bed, BARE)
    for _kill in range(20 if bed.full else 1):
        outcome.times += 1
        name = killed_on_the_way(bed, PRODUCT, chance.uniform(STARTING_S, took))
        if said := migrate(bed, name, PRODUCT):
            outcome.offences.append(f"run again, it fails: {said}")
        elif schema(bed, name) != whole:
            outcome.offences.append("run again, it comes to other tables")
        bed.cluster.drop(name)
    outcome.control, outcome.controlled_by = torn(bed, chance, took), "without transactions: torn"
    yield outcome


def torn(bed: Bed, chance: random.Random, took: float) -> int:
    """How many kills it takes until a migration without transactions cannot be run again; 0: never."""
    for nth in range(1, TRIES + 1):
        delay = chance.uniform(took / 3, took * 2 / 3)
        name = killed_on_the_way(bed, BUGGY, delay)
        said = migrate(bed, name, PRODUCT)
        bed.cluster.drop(name)
        if said:
            return nth
    return 0


def killed_on_the_way(bed: Bed, words: tuple[str, ...], delay: float) -> str:
    """The database it leaves."""
    name = emptied(bed)
    child = subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, env=environment(bed, name),
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        child.wait(delay)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    return name


def emptied(bed: Bed) -> str:
    """A database without a table in it."""
    bed.cluster.drop("migrated")
    bed.cluster.copy("migrated", like="template0")
    return "migrated"


def migrate(bed: Bed, name: str, words: tuple[str, ...]) -> str:
    """What it said last if it failed."""
    ended = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment(bed, name),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return ended.stderr.strip().splitlines()[-1] if ended.returncode else ""


def environment(bed: Bed, name: str) -> dict[str, str]:
    """Of the owner, who may change tables."""
    return os.environ | {"DATABASE_URL": bed.cluster.url(name, owner=True)}


def schema(bed: Bed, name: str) -> set[tuple[str, ...]]:
    """All that the migrations make."""
    with psycopg.connect(bed.cluster.url(name, owner=True)) as database:
        return set(database.execute(SCHEMA).fetchall())
