"""Changes keys while everybody goes on: seals and indexes anew what hangs on an old one.

While both keys are known (``FIELD_KEYS``, ``INDEX_KEYS``), reading takes either and writing takes
the newest, so that no order of steps is wrong: a row is as good before as after. A batch is one
short transaction that waits for nobody; whatever is locked comes with a later pass. What is old is
seen from the rows themselves: a run that was killed is simply begun again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from unionhall.base.encryption import BlindIndexField, EncryptedTextField, seal, unseal

BATCH = 500  # rows at most
BATCH_BYTES = 16 << 20  # of sealed values; one row may be longer: a file


@dataclass(frozen=True)
class Kept:
    """A table with sealed columns, and the indexes of what is sealed in them."""

    model: type[models.Model]
    sealed: tuple[EncryptedTextField, ...]
    indexes: tuple[BlindIndexField, ...]

    @property
    def table(self) -> str:
        """Quoted."""
        return f'"{self.model._meta.db_table}"'

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of its primary key."""
        return tuple(str(field.column) for field in self.model._meta.pk_fields)

    def stale(self) -> tuple[str, list[Any]]:
        """The condition of a row that hangs on an old key and can be brought to the newest."""
        old = [f'get_byte("{field.column}", 0) <> %s' for field in self.sealed]
        values: list[Any] = [max(settings.FIELD_KEYS)] * len(old)
        for field in self.indexes:
            old.append(f'({_outdated(field)} AND "{_source(field).column}" IS NOT NULL)')
            values.append(f"{max(settings.INDEX_KEYS)}:%")
        return f"({' OR '.join(old)})", values

    def orphaned(self) -> tuple[str, list[Any]]:
        """The condition of an index whose text was let go: it stays as it is, and finds nothing."""
        gone = [f'({_outdated(one)} AND "{_source(one).column}" IS NULL)' for one in self.indexes]
        return f"({' OR '.join(gone or ['false'])})", [f"{max(settings.INDEX_KEYS)}:%"] * len(gone)


def kept() -> list[Kept]:
    """Every table with something sealed, found from the models themselves."""
    found = []
    for model in apps.get_models():
        fields = model._meta.local_concrete_fields
        sealed = tuple(one for one in fields if isinstance(one, EncryptedTextField))
        indexes = tuple(one for one in fields if isinstance(one, BlindIndexField))
        if sealed:
            found.append(Kept(model, sealed, indexes))
    return found


def under_unknown_keys() -> Iterator[str]:
    """Tables with something sealed, or an index, under a key that is not known: nobody can read or find it."""
    for one in kept():
        lost = sum(
            _count_unless(one, f'get_byte("{field.column}", 0)', [*settings.FIELD_KEYS])
            for field in one.sealed
        ) + sum(
            _count_unless(
                one, f"split_part(\"{field.column}\", ':', 1)", [*map(str, settings.INDEX_KEYS), ""]
            )
            for field in one.indexes
        )
        if lost:
            yield f"{one.table}: {lost} values"


def _count_unless(one: Kept, version: str, known: list[Any]) -> int:
    return count(one, (f"{version} <> ALL(%s)", [known]))


def count(one: Kept, condition: tuple[str, list[Any]]) -> int:
    """How many rows of a table a condition is true of."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {one.table} WHERE {condition[0]}", condition[1])  # noqa: S608 - names of our own
        return int(cursor.fetchone()[0])


def rotate(one: Kept, *, batch: int = BATCH) -> Iterator[int]:
    """One pass over a table: how many rows each batch brought to the newest keys, when committed.

    Leaves out what somebody holds. Raises KeyError for a value under a key that is not known.
    """
    last: tuple[Any, ...] | None = None
    while True:
        with transaction.atomic():
            due = _due(one, last, batch)
            if not due:
                return
            last = due[-1]
            done = _renew(one, due)
        yield done


def _due(one: Kept, last: tuple[Any, ...] | None, batch: int) -> list[tuple[Any, ...]]:
    """The keys of the next stale rows, as many as go into one batch."""
    key, (stale, values) = ", ".join(f'"{name}"' for name in one.key), one.stale()
    size = " + ".join(f'coalesce(octet_length("{field.column}"), 0)' for field in one.sealed)
    after = f"AND ({key}) > ({', '.join(['%s'] * len(one.key))})" if last else ""
    query = f"""
        SELECT {key} FROM (
            SELECT {key}, sum(row_bytes) OVER turn AS bytes_upto, row_number() OVER turn AS row_place
            FROM (SELECT {key}, {size} AS row_bytes FROM {one.table} WHERE {stale} {after}
                  ORDER BY {key} LIMIT %s) AS next
            WINDOW turn AS (ORDER BY {key})
        ) AS sized WHERE bytes_upto <= %s OR row_place = 1 ORDER BY {key}
    """  # noqa: S608 - names of our own
    with connection.cursor() as cursor:
        cursor.execute(query, [*values, *(last or ()), batch, BATCH_BYTES])
        return list(cursor.fetchall())


def _renew(one: Kept, due: list[tuple[Any, ...]]) -> int:
    """Reads the rows that nobody holds, as they are now, and writes them anew; how many."""
    key, (stale, values) = ", ".join(f'"{name}"' for name in one.key), one.stale()
    columns = [field.column for field in (*one.sealed, *one.indexes)]
    shown = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join([f"({', '.join(['%s'] * len(one.key))})"] * len(due))
    flat = [part for row in due for part in row]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, {shown} FROM {one.table} WHERE ({key}) IN ({places}) AND {stale} "  # noqa: S608 - names of our own
            f"ORDER BY {key} FOR NO KEY UPDATE SKIP LOCKED",
            [*flat, *values],
        )
        held = cursor.fetchall()
        sets = ", ".join(f'"{name}" = %s' for name in columns)
        where = " AND ".join(f'"{name}" = %s' for name in one.key)
        width = len(one.key)
        cursor.executemany(
            f"UPDATE {one.table} SET {sets} WHERE {where}",  # noqa: S608 - names of our own
            [[*_renewed(one, row[width:]), *row[:width]] for row in held],
        )
    return len(held)


def _renewed(one: Kept, row: tuple[Any, ...]) -> list[Any]:
    """The same values under the newest keys; an index without its text stays."""
    texts = {
        field.name: None if value is None else unseal(bytes(value), purpose=field.purpose)
        for field, value in zip(one.sealed, row, strict=False)
    }
    renewed: list[Any] = [
        None if text is None else seal(text, purpose=field.purpose)
        for field, text in zip(one.sealed, texts.values(), strict=True)
    ]
    for field, index in zip(one.indexes, row[len(one.sealed) :], strict=True):
        text = texts[field.of]
        renewed.append(field.index_of(text) if index and text is not None else index)
    return renewed


def _outdated(field: BlindIndexField) -> str:
    return f'"{field.column}" <> \'\' AND "{field.column}" NOT LIKE %s'


def _source(field: BlindIndexField) -> EncryptedTextField:
    found = field.model._meta.get_field(field.of)
    if not isinstance(found, EncryptedTextField):
        raise TypeError(f"{field} is an index of {field.of}, which is not sealed.")
    return found
