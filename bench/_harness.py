"""What every bench shares: a server of its own, fresh databases, rounds, and how a figure is told.

A floor is the least that anybody would have to do for the same result, done beside ours in the
same rounds on the same machine: a ratio says more than seconds, which are the machine's.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django
import psycopg
from django.core.management import call_command
from django.db import connection

from unionhall.base import embedded, provisions

MIGRATED = "unionhall"  # the database that all others of a run are copied from


@dataclass(frozen=True)
class Figure:
    """One measured thing. ``goal`` bounds value / floor, or the value where there is no floor.

    ``at_least`` does so from below: for what is the better the more there is of it. So much above
    the floor as ``slack`` is within the goal, too: of a floor of 2 ms a third is noise.
    """

    bench: str
    value: float
    unit: str
    floor: float | None = None
    goal: float | None = None
    at_least: float | None = None
    slack: float = 0.0

    @property
    def ratio(self) -> float | None:
        """How many times the floor."""
        return self.value / self.floor if self.floor else None

    @property
    def is_timed(self) -> bool:
        """Whether it is the machine's as much as ours: what is merely counted must hold at any size."""
        return bool(self.unit)

    @property
    def ok(self) -> bool:
        """Whether the goal is reached; without a goal there is nothing to miss."""
        held = self.value if self.ratio is None else self.ratio
        if self.at_least is not None and held < self.at_least:
            return False
        near = self.floor is not None and self.value - self.floor <= self.slack
        return self.goal is None or held <= self.goal or near

    def as_json(self) -> str:
        """One object on one line."""
        return json.dumps(
            {
                "bench": self.bench,
                "value": round(self.value, 3),
                "unit": self.unit,
                "floor": self.floor and round(self.floor, 3),
                "ratio": self.ratio and round(self.ratio, 2),
                "goal": self.goal if self.at_least is None else self.at_least,
                "ok": self.ok,
            }
        )

    def as_line(self) -> str:
        """One line for people."""
        line = f"{self.bench:<20} {self.value:9.2f} {self.unit:<3}"
        if self.ratio is not None:
            line += f"  floor {self.floor:8.2f} {self.unit:<3} {self.ratio:6.2f} x"
        if self.goal is None and self.at_least is None:
            return line
        unit = self.unit if self.ratio is None else "x"
        goal = f"{self.goal:g}" if self.at_least is None else f"at least {self.at_least:g}"
        slack = f" or +{self.slack:g} {self.unit}" if self.slack else ""
        return f"{line}  goal {goal} {unit}{slack}  {'ok' if self.ok else 'MISSED'}"


@contextmanager
def house() -> Iterator[None]:
    """A data folder, keys and a migrated server, gone when the block ends; Django is set up."""
    with tempfile.TemporaryDirectory(prefix="unionhall-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        environment(folder)
        provisions.ensure_keys(folder)
        with embedded.start(folder, ephemeral=True) as server:
            os.environ["DATABASE_URL"] = server.owner_url
            django.setup()
            call_command("migrate", verbosity=0)
            try:
                yield
            finally:
                connection.close()


def environment(folder: Path) -> None:
    """Of this process and of all its children."""
    os.environ["UNIONHALL_TEST_IDS"] = "1"  # all people of a bench are made up
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unionhall.site.settings")
    os.environ["UNIONHALL_DATA"] = str(folder)
    os.environ["UNIONHALL_ANCHOR"] = ""  # its own, not that of a house in earnest


@contextmanager
def database(name: str, *, like: str = MIGRATED) -> Iterator[None]:
    """A copy of the database ``like``, used by Django inside the block, and dropped behind it."""
    before = connection.settings_dict["NAME"]
    owner_url = os.environ["DATABASE_URL"]
    connection.close()
    with psycopg.connect(owner_url, dbname="postgres", autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        connection.settings_dict["NAME"] = name
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before
            server.execute(f'DROP DATABASE "{name}"')  # forced, it might not end an autovacuum


def seconds(do: Callable[[], object]) -> float:
    """How long it took, by the wall's clock."""
    begin = time.perf_counter()
    do()
    return time.perf_counter() - begin


def medians(rounds: int, measure: Callable[[], Mapping[str, float]]) -> dict[str, float]:
    """The median of each named measurement; a round measures floor and ours one after the other."""
    measured = [measure() for _round in range(rounds)]
    return {name: statistics.median(one[name] for one in measured) for name in measured[0]}
