"""Deeds that meet: one is done and not yet committed when the other begins."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from django.db import connection, transaction

PATIENCE_S = 20


def meanwhile(first: Callable[[], object], second: Callable[[], object]) -> object:
    """Do ``first``; before it is committed ``second`` begins elsewhere. What ``second`` gave or raised.

    ``first`` is committed as soon as ``second`` waits for it, or has not waited and is through.
    """
    came: list[object] = []
    thread = threading.Thread(target=_run, args=(second, came), daemon=True)
    with transaction.atomic():
        first()
        thread.start()
        until_it_waits(thread)
    thread.join(PATIENCE_S)
    return came[0]


def together(deeds: Sequence[Callable[[], object]]) -> list[object]:
    """Do all at the same moment, each on its own connection; what each gave or raised."""
    start = threading.Barrier(len(deeds))
    came: list[list[object]] = [[] for _deed in deeds]

    def begin(deed: Callable[[], object]) -> object:
        connection.ensure_connection()
        start.wait(PATIENCE_S)
        return deed()

    threads = [
        threading.Thread(target=_run, args=(lambda deed=deed: begin(deed), one), daemon=True)
        for deed, one in zip(deeds, came, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    return [one[0] for one in came]


def _run(deed: Callable[[], object], came: list[object]) -> None:
    try:
        came.append(deed())
    except Exception as error:  # noqa: BLE001 — the test looks at it
        came.append(error)
    finally:
        connection.close()


def until_it_waits(thread: threading.Thread) -> None:
    """Until the deed there waits for this connection, or is through."""
    until = time.monotonic() + PATIENCE_S
    while thread.is_alive():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted "
                "AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
        assert time.monotonic() < until, "it neither waits nor ends"
        time.sleep(0.02)
