"""Vendors that play what real ones do: refuse, break, or lose their answer."""

from __future__ import annotations

import os
import uuid

from django.db import connection

from unionhall.kernel.notify.channels.base import Undeliverable
from unionhall.kernel.notify.sms.base import Vendor

SENT: list[tuple[str, str, uuid.UUID]] = []


class Recording(Vendor):
    def send(self, number: str, text: str, *, key: uuid.UUID) -> str:
        SENT.append((number, text, key))
        return f"no-{len(SENT)}"


OPEN_TRANSACTIONS: list[int] = []


class Watchful(Vendor):
    """Asks the server how many transactions of ours are open but idle."""

    def send(self, number: str, text: str, *, key: uuid.UUID) -> str:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND (state LIKE 'idle in transaction%' OR pid = pg_backend_pid() AND xact_start < query_start)"
            )
            OPEN_TRANSACTIONS.append(cursor.fetchone()[0])
        return "watched"


class Broken(Vendor):
    def send(self, number: str, text: str, *, key: uuid.UUID) -> str:
        SENT.append((number, text, key))
        raise TimeoutError(f"{number} did not answer")


class Refusing(Vendor):
    def send(self, number: str, text: str, *, key: uuid.UUID) -> str:
        raise Undeliverable("no such number")


class Killed(Vendor):
    """The process dies after the vendor has taken the message and before we could write that down."""

    def send(self, number: str, text: str, *, key: uuid.UUID) -> str:
        SENT.append((number, text, key))
        raise KeyboardInterrupt(os.getpid())
