"""Many rows into a table at once, or changed at once: a fraction of the time that models take.

New ones go by COPY. Changed ones go as arrays, where Django's ``bulk_update`` writes a CASE through
which the database looks for every row, so that twice as many take four times as long.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import orjson
from django.db import connection, models
from django.db.backends.utils import CursorWrapper

from unionhall.base.encryption import EncryptedTextField, sealer


def copy_in(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Iterable[object]]
) -> None:
    """Append rows; each has a value for every one of ``columns``, as the model's fields hold them.

    Encrypted text is sealed on the way. A column that is not named gets the database's default,
    which Django's defaults are not. Constraints hold as ever: raises ``IntegrityError``.
    """
    coming = iter(rows)
    if (first := next(coming, None)) is None:
        return
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    names = ", ".join(f'"{field.column}"' for field in fields)
    ready = [(at, how) for at, field in enumerate(fields) if (how := _preparation(field))]
    plan_anew()
    into = f'COPY "{model._meta.db_table}" ({names}) FROM STDIN'
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(into) as copy:
        for row in chain([first], coming):
            values = list(row)
            for at, prepare in ready:
                if values[at] is not None:
                    values[at] = prepare(values[at])
            copy.write_row(values)


def plan_anew() -> None:
    """Forget how this connection looked for rows while a table was small.

    A foreign key is looked up by a plan that is kept for as long as a worker lives. Made on a table
    of one page, it reads the whole table for each row: of twenty thousand, in 13 s and not in 0.1 s.
    """
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")


@contextmanager
def joined_by_hashes(cursor: CursorWrapper) -> Iterator[None]:
    """Fresh rows have no statistics: the planner would compare each of thousands with each."""
    cursor.execute("SET LOCAL enable_nestloop = off")
    yield
    cursor.execute("SET LOCAL enable_nestloop = on")


def change_in(model: type[models.Model], said: Mapping[int, Mapping[str, object]]) -> None:
    """Write primary key -> column -> value, and no other column: a statement for each set of columns."""
    alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for pk, columns in said.items():
        if columns:
            alike[tuple(columns)].append(pk)
    for names, pks in alike.items():
        _change_alike(model, names, pks, said)


def _change_alike(
    model: type[models.Model],
    names: Sequence[str],
    pks: Sequence[int],
    said: Mapping[int, Mapping[str, object]],
) -> None:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    sets = ", ".join(f'"{field.column}" = said."{field.column}"' for field in fields)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
    statement = (
        f'UPDATE "{model._meta.db_table}" AS stands SET {sets} '  # noqa: S608 - names of our own
        f"FROM unnest(%s::bigint[], {arrays}) AS said(pk, {columns}) WHERE stands.id = said.pk"
    )
    values = [
        _ready(field, [said[pk][name] for pk in pks])
        for field, name in zip(fields, names, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(pks), *values])


def _ready(field: Any, values: list[Any]) -> list[object]:  # noqa: ANN401 — any field of a model
    prepare = _preparation(field)
    return [prepare(one) if prepare and one is not None else one for one in values]


def _preparation(field: Any) -> Callable[[Any], object] | None:  # noqa: ANN401 — any field of a model
    if isinstance(field, EncryptedTextField):
        return sealer(field.purpose)
    if isinstance(field, models.JSONField):
        return _as_json
    return None


def _as_json(value: Any) -> str:  # noqa: ANN401 — whatever JSON can say
    return "[]" if value == () else orjson.dumps(value).decode()  # most are empty


def next_ids(model: type[models.Model], number: int) -> list[int]:
    """So many fresh primary keys, for rows that others will point at."""
    plan_anew()
    sequence = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
    with connection.cursor() as cursor:
        pk = model._meta.pk.column
        cursor.execute(sequence, [model._meta.db_table, pk, number])
        return [one for (one,) in cursor.fetchall()]
