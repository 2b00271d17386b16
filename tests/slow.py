"""A database that takes its time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

SLOW_S = 0.5


@contextmanager
def slow_reading(table: str) -> Iterator[None]:
    """Within it, whatever asks for rows of ``table`` waits ``SLOW_S`` for them."""

    def slowly(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if f'FROM "{table}"' in sql:
            with context["connection"].connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(%s)", [SLOW_S])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(slowly):
        yield
