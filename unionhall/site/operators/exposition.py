"""Everything that is counted, in Prometheus' text: of all processes of this web server, and what the database says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.db import DatabaseError, connection
from prometheus_client import CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from unionhall.base import metrics
from unionhall.site.operators.gauges import gauge_this_process

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
LATELY = 10_000  # messages, the newest
LIVE_FILE = re.compile(r"gauge_live\w*_(\d+)\.db")
# Each reads a bounded part of its table, by an index.
MESSAGES = f"""
    SELECT state, count(*) FROM notify_delivery
    WHERE id > (SELECT coalesce(max(id), 0) - {LATELY} FROM notify_delivery) GROUP BY state
"""  # noqa: S608 — a number of ours
OVERDUE = "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0)::float8 FROM notify_delivery WHERE state = 'due'"
JOBS = """
    SELECT job.status::text, count(*), coalesce(max(extract(epoch FROM clock_timestamp() - begun.at)), 0)::float8
    FROM procrastinate_jobs job
    LEFT JOIN LATERAL (SELECT max(at) AS at FROM procrastinate_events WHERE job_id = job.id) begun ON true
    WHERE job.status IN ('todo', 'doing') GROUP BY 1
"""
SWEEPS = """
    SELECT task_name, extract(epoch FROM clock_timestamp()) - max(defer_timestamp)
    FROM procrastinate_periodic_defers GROUP BY 1
"""
WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > clock_timestamp() - interval '30 s'"
UNSEALED = """
    SELECT coalesce(extract(epoch FROM clock_timestamp() - (
        SELECT at FROM ledger_entry WHERE id > coalesce((SELECT max(last_id) FROM ledger_seal), 0) ORDER BY id LIMIT 1
    )), 0)::float8
"""


class OfTheDatabase:
    """A collector: what only the database knows. Says ``unionhall_database_up 0`` and nothing else where it is away."""

    def collect(self) -> Iterator[Metric]:
        """One statement for each family."""
        up = GaugeMetricFamily("unionhall_database_up", "Whether the database answers.")
        try:
            found = [*_messages(), *_jobs(), *_ledger()]
        except DatabaseError:
            found = []
        up.add_metric([], bool(found))
        yield from [up, *found]


def exposed() -> bytes:
    """All of it; whichever process is asked tells of all."""
    gauge_this_process()
    registry = CollectorRegistry()
    registry.register(OfTheDatabase())
    folder = os.environ.get(FOLDER)
    if not folder:
        return generate_latest(metrics.REGISTRY) + generate_latest(registry)
    _forget_the_dead(Path(folder))
    multiprocess.MultiProcessCollector(registry, folder)
    return generate_latest(registry)


def _forget_the_dead(folder: Path) -> None:
    """A process that is gone is at no work any more; what it counted stays."""
    for file in folder.iterdir():
        found = LIVE_FILE.fullmatch(file.name)
        if found and not Path(f"/proc/{found[1]}").exists():
            with suppress(FileNotFoundError):
                file.unlink()


def _messages() -> Iterator[Metric]:
    lately = GaugeMetricFamily(
        "unionhall_messages_lately", f"Of the newest {LATELY} deliveries.", labels=["state"]
    )
    for state, count in _rows(MESSAGES):
        lately.add_metric([state], count)
    overdue = GaugeMetricFamily("unionhall_message_overdue_seconds", "The one that waits longest.")
    overdue.add_metric([], max(0, _rows(OVERDUE)[0][0]))
    yield from (lately, overdue)


def _jobs() -> Iterator[Metric]:
    count = GaugeMetricFamily("unionhall_jobs", "Jobs of the worker.", labels=["status"])
    age = GaugeMetricFamily("unionhall_job_age_seconds", "The oldest of them.", labels=["status"])
    for status, number, oldest in _rows(JOBS):
        count.add_metric([status], number)
        age.add_metric([status], oldest)
    due = GaugeMetricFamily(
        "unionhall_sweep_age_seconds", "Since it was last given to the queue.", labels=["sweep"]
    )
    for sweep, seconds in _rows(SWEEPS):
        due.add_metric([sweep], float(seconds))
    workers = GaugeMetricFamily("unionhall_workers", "Workers that gave a sign in 30 s.")
    workers.add_metric([], _rows(WORKERS)[0][0])
    yield from (count, age, due, workers)


def _ledger() -> Iterator[Metric]:
    lag = GaugeMetricFamily("unionhall_ledger_unsealed_seconds", "The oldest entry without a seal.")
    lag.add_metric([], _rows(UNSEALED)[0][0])
    yield lag


def _rows(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[tuple[object, ...]] = cursor.fetchall()
    return found
