"""The floor of a web bench: the same statements and the same bytes, without a framework.

A WSGI function under the product's web server, with a pool of its size. It verifies the signature
of a cookie, as anybody must, and runs what was recorded of the product.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from psycopg import ClientCursor, Connection, Cursor
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool

from bench._replayed import Person, Recording, Statement, filled, kept, people

REASONS = {200: "OK", 302: "Found", 303: "See Other", 409: "Conflict"}
KEY = b"of the floor alone"

_recordings: dict[str, Recording] = kept(Path(os.environ["BENCH_RECORDINGS"]))
_people: list[Person] = people(Path(os.environ["BENCH_PEOPLE"]))
_pool = ConnectionPool(
    os.environ["DATABASE_URL"],
    min_size=2,
    max_size=20,
    check=ConnectionPool.check_connection,  # as CONN_HEALTH_CHECKS has the product's pool do
    kwargs={"autocommit": True, "cursor_factory": ClientCursor, "row_factory": tuple_row},
)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """``/<recording>/<person>/``: answers as the product did."""
    environ["wsgi.input"].read()
    name, _, nth = environ["PATH_INFO"].strip("/").partition("/")
    verify(environ.get("HTTP_COOKIE", ""))
    recording = _recordings.get(name)
    if recording is None:
        start_response("404 Not Found", [("Content-Length", "0")])
        return []
    with _pool.connection() as connection:
        run(recording, _people[int(nth)], connection)
    body = recording.body.encode()
    headers = [*recording.headers.items(), ("Content-Length", str(len(body)))]
    if recording.location:
        headers.append(("Location", recording.location))
    start_response(f"{recording.status} {REASONS[recording.status]}", headers)
    return [body]


def verify(cookies: str) -> None:
    """Compare a signature; which one it is does not matter to the time it takes."""
    signature = hmac.new(KEY, cookies.encode(), hashlib.sha256).hexdigest()
    if hmac.compare_digest(signature, "0" * len(signature)):
        raise PermissionError


def run(recording: Recording, person: Person, connection: Connection[Any]) -> None:
    """The statements before the transaction, then the transaction."""
    given: list[Any] = []
    before = [one for one in recording.statements if not one.whole]
    inside = [one for one in recording.statements if one.whole]
    with connection.cursor() as cursor:
        for one in before:
            ask(cursor, one, person, given)
        if inside:
            with connection.transaction():
                for one in inside:
                    ask(cursor, one, person, given)
    for name, where in recording.gives.items():
        person[name] = filled(where, person, given)


def ask(cursor: Cursor[Any], one: Statement, person: Person, given: list[Any]) -> None:
    """One statement, and all that it gives back."""
    cursor.execute(one.sql, filled(one.params, person, given))
    rows = cursor.fetchall() if cursor.description else []
    given.append(rows[0] if rows else ())
