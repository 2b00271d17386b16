"""Whether this process can serve: what ``/readyz`` asks, in few and cheap statements."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from unionhall.site.turns import IN_LINE, of_this_process

SILENT_S = 30  # a worker that says nothing for so long is gone; it says something every 2 s
LATE_S = 120  # of the sweeps that run every two seconds
FREE_PART, FREE_BYTES = 0.03, 512 << 20  # of a disk, below which nothing should be begun
WORKER = """
    SELECT (SELECT extract(epoch FROM clock_timestamp() - max(last_heartbeat)) FROM procrastinate_workers)::float8,
        (SELECT extract(epoch FROM clock_timestamp()) - max(defer_timestamp) FROM procrastinate_periodic_defers)::float8
"""
APPLIED = "SELECT app, name FROM django_migrations"


@dataclass(frozen=True)
class NotReady:
    """One reason: a word for machines, and what is the matter."""

    code: str
    said: str


def not_ready() -> list[NotReady]:
    """Every reason why this process should be given no more requests; empty where it may have them."""
    return [found for look in (_turns, _disk, _database) for found in look()]


def _turns() -> Iterator[NotReady]:
    turns = of_this_process()
    if turns and turns.in_line >= IN_LINE:
        yield NotReady("turns", _("排队的位置满了：{n} 个请求在等。").format(n=turns.in_line))


def _disk() -> Iterator[NotReady]:
    free, lowest = free_bytes(), lowest_free_bytes()
    if free < lowest:
        said = _("数据盘只剩 {free} MB，至少要 {lowest} MB。")
        yield NotReady("disk", said.format(free=free >> 20, lowest=lowest >> 20))


def free_bytes() -> int:
    """On the disk of the data folder, for whoever is not root."""
    found = os.statvfs(_data_folder())
    return found.f_bavail * found.f_frsize


def lowest_free_bytes() -> int:
    """A thirtieth of that disk, half a gigabyte at most."""
    return min(FREE_BYTES, int(shutil.disk_usage(_data_folder()).total * FREE_PART))


def _data_folder() -> str:
    return str(settings.DATA if settings.DATA.exists() else settings.ROOT)


def _database() -> Iterator[NotReady]:
    """Nothing else of it can be said where it does not answer."""
    try:
        yield from _migrations()
        yield from _worker()
    except DatabaseError:
        yield NotReady("database", _("数据库没有应答。"))


def _migrations() -> Iterator[NotReady]:
    missing = migrations_missing()
    if missing:
        said = _("有 {n} 个升级步骤还没做，第一个是 {first}。")
        yield NotReady("migrations", said.format(n=len(missing), first=missing[0]))


def migrations_missing() -> list[str]:
    """Names of the migrations of this program that the database has not had, as ``app.name``."""
    with connection.cursor() as cursor:
        cursor.execute(APPLIED)
        applied = {f"{app}.{name}" for app, name in cursor.fetchall()}
    return sorted(_wanted() - applied)


@cache
def _wanted() -> set[str]:
    """Read from the files once: they do not change while a process runs."""
    return {".".join(key) for key in MigrationLoader(None).disk_migrations}


def _worker() -> Iterator[NotReady]:
    silent, late = worker_silent_and_late()
    if silent is None or silent > SILENT_S:
        yield NotReady("worker", _("后台没有在跑：没有一个在 {n} 秒内报过到。").format(n=SILENT_S))
    elif late is None or late > LATE_S:
        yield NotReady("sweeps", _("后台在跑，但 {n} 秒内没有排过活。").format(n=LATE_S))


def worker_silent_and_late() -> tuple[float | None, float | None]:
    """Seconds since the last sign of any worker, and since the newest time at which a sweep was due and given to the queue."""
    with connection.cursor() as cursor:
        cursor.execute(WORKER)
        silent, late = cursor.fetchone()
    return silent, late
