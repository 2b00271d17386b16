"""A rush: many requests at the same moment, on real connections."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def rush(requests: Sequence[Callable[[], T]], *, connections: int = 40) -> list[T | Exception]:
    """Run all requests on that many connections; each one's result, or what it raised, in the order given.

    Every connection is open and waiting before the first request starts.
    """
    results: list[T | Exception] = [RuntimeError("never ran")] * len(requests)
    queue = iter(range(len(requests)))
    start = threading.Barrier(connections)

    def serve() -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=60)
            for nth in queue:
                results[nth] = _answer(requests[nth])
        finally:
            connection.close()

    threads = [threading.Thread(target=serve, daemon=True) for _connection in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return results


def _answer(request: Callable[[], T]) -> T | Exception:
    try:
        return request()
    except Exception as error:  # noqa: BLE001 — the test looks at it
        return error
