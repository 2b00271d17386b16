"""How long a page waits for the database, before its reader is told to come back (503).

Only what serves pages is impatient (``site/wsgi.py`` says so): the worker, imports, exports, migrations, backups and
whatever else is run by a command take the time they need. The server ends what takes too long; where it does not even
do that, being frozen or cut off, the connection is given up from our side.

A page whose process is stopped while it holds locks loses them after ``IDLE_S``.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, TypeVar

import psycopg
from django.db import DatabaseError, connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg.abc import PQGen

    Result = TypeVar("Result")

CONNECT_S, LOCK_S, STATEMENT_S, IDLE_S = 2, 3, 5, 20
SILENCE_S = STATEMENT_S + 2  # in which the server would have ended the statement, if it could
LONG_S = 30 * 60  # for a deed that one officer does seldom and that touches a hundred thousand rows
LIMITS: Final = ("statement_timeout", "idle_in_transaction_session_timeout")
NETWORK: Final = {  # for everybody
    "connect_timeout": "10",  # s
    "keepalives_idle": "10",  # s; then three probes 5 s apart: a machine that is gone is noticed
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",  # ms
}
OF_A_PAGE: Final = {
    "connect_timeout": str(CONNECT_S),
    "options": f"-c lock_timeout={LOCK_S}s -c statement_timeout={STATEMENT_S}s "
    f"-c idle_in_transaction_session_timeout={IDLE_S}s",
}


class ImpatientConnection(psycopg.Connection[tuple[object, ...]]):
    """Gives itself up when the server is silent for ``silence_s``; raises OperationalError then."""

    silence_s = float(SILENCE_S)

    def wait(
        self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None
    ) -> Result:
        """As psycopg's own, with an end. What had been asked may be done or not."""
        try:
            return super().wait(gen, interval, self.silence_s if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:  # noqa: SLF001 — it has no other name
            self.pgconn.finish()  # its answer may still come, and belongs to nobody
            raise


@contextmanager
def unhurried() -> Iterator[None]:
    """Lets one large deed have ``LONG_S`` for each statement, and as long between two; to be put around its transaction."""
    connection.ensure_connection()
    page = connection.connection
    if not isinstance(page, ImpatientConnection):
        yield
        return
    page.silence_s = LONG_S
    for limit in LIMITS:
        _say(f"SET {limit} = %s", [f"{LONG_S}s"])
    try:
        yield
    finally:
        page.silence_s = SILENCE_S
        with suppress(DatabaseError):  # a broken transaction or connection forgets by itself
            for limit in LIMITS:
                _say(f"RESET {limit}")


def _say(statement: str, values: Sequence[str] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
