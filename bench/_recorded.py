"""What the product asked of the database while it answered one request, to be asked again without it.

A recording holds every statement with its parameters. A parameter that equals what the request was
about (a member, her session …) or what an earlier statement gave back becomes a blank, so that the
same statements serve any other member: the floors of the web benches run them. Values must be
unlike each other for that; whoever records takes care of it by large, odd ids.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bench._replayed import Recording, Statement

FIRST_ODD = 10_000  # ids below are too common to tell where they come from
FOLLOWING = {"Content-Length", "Location"}  # told by the status and the body


def record(
    do: Callable[[], HttpResponseBase],
    about: Mapping[str, object],
    gives: Callable[[], Mapping[str, int]] = dict,
) -> Recording:
    """Let the product answer once; ``about``: name of a blank -> its value in this request.

    ``gives``: what it makes that later requests are about, asked behind it.
    """
    seen: list[tuple[str, Any, bool, Any]] = []
    with _listening(seen):
        response = do()
    content = getattr(response, "content", b"").decode()
    made = Recording(response.status_code, response.get("Location", ""), content)
    made.headers = {name: value for name, value in response.items() if name not in FOLLOWING}
    given: list[Sequence[Any]] = []
    for sql, params, whole, row in seen:
        made.statements.append(Statement(sql, _blanked(params, about, given), whole))
        given.append(row or ())
    made.gives = {name: _blanked(value, {}, given) for name, value in gives().items()}
    return made


@contextmanager
def _listening(seen: list[tuple[str, Any, bool, Any]]) -> Iterator[None]:
    """Also to what comes back: the first row, which is put before the reader again."""

    def hear(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: ANN401, FBT001 — whatever stands in a parameter, FBT001
        result = execute(sql, params, many, context)
        cursor = context["cursor"].cursor
        row = None
        if cursor.description and cursor.rownumber is not None and cursor.rowcount > 0:
            row = cursor.fetchone()
            cursor.scroll(0, mode="absolute")
        seen.append((sql, params, connection.in_atomic_block, row))
        return result

    with connection.execute_wrapper(hear):
        yield


def _blanked(value: Any, about: Mapping[str, object], given: Sequence[Sequence[Any]]) -> Any:  # noqa: ANN401 — whatever stands in a parameter
    if isinstance(value, dict):
        return {name: _blanked(one, about, given) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_blanked(one, about, given) for one in value]
    for name, known in about.items():
        if isinstance(value, type(known)) and value == known:
            return {"blank": name}
    if isinstance(value, int) and value >= FIRST_ODD:
        for nth, row in enumerate(given):
            if value in row:
                return {"of": nth, "column": list(row).index(value)}
    return _plain(value)


def _plain(value: Any) -> Any:  # noqa: ANN401 — whatever stands in a parameter
    """As JSON can say it; the database reads a text as what the column is."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(value, "obj"):  # psycopg's Jsonb
        return {"json": value.obj}
    return str(value)


def through(application: Callable[..., Iterable[bytes]], request: HttpRequest) -> HttpResponse:
    """The answer of a WSGI application, called as a web server calls it."""
    told: list[Any] = []
    body = b"".join(application(request.environ, lambda *given: told.extend(given)))  # type: ignore[attr-defined]
    status, headers, *_more = told
    return HttpResponse(body, status=int(status[:3]), headers=dict(headers))


def keep(recordings: Mapping[str, Recording], path: Path) -> None:
    """For the floors, which are other processes."""
    path.write_text(json.dumps({name: asdict(one) for name, one in recordings.items()}))
