"""Write the house's memory. Called inside the transaction of the deed it tells of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeAlias

from django.db import connection, models

from unionhall.base.ledger.models import Entry

Fact: TypeAlias = (
    "str | int | float | bool | list[Fact] | dict[str, Fact] | None"  # whatever JSON can say
)
Doer: TypeAlias = models.Model | int | None  # a user or her id; None: the house itself


def record(
    action: str,
    subject: models.Model,
    *,
    by: Doer = None,
    union_id: int | None = None,
    **detail: Fact,
) -> Entry:
    """Note that ``by`` did ``action`` (``<app>.<noun>_<past verb>``) to ``subject``.

    ``detail`` holds ids and facts, never names, numbers or texts of persons.
    """
    entry = _entry(action, subject, by, union_id, detail)
    who, what = entry.by_id, entry.subject_id
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [action, entry.subject_type, what, who, union_id, json.dumps(detail)])
        entry.id, entry.at = cursor.fetchone()
    return entry


# By hand, for every deed writes a line, and a save of a model takes longer than the rest of a short deed.
WRITE = """
    INSERT INTO ledger_entry (action, subject_type, subject_id, by_id, union_id, detail)
    VALUES (%s, %s, %s, %s, %s, %s) RETURNING id, at
"""


def record_each(
    action: str,
    subjects: Iterable[tuple[models.Model, dict[str, Fact]]],
    *,
    by: Doer = None,
    union_id: int | None = None,
) -> None:
    """The same deed to many subjects, each with its own detail, in one statement."""
    Entry.objects.bulk_create(
        _entry(action, subject, by, union_id, detail) for subject, detail in subjects
    )


def record_of_the_house(action: str, **detail: Fact) -> Entry:
    """A deed of an operator that concerns the house as a whole and no row of it."""
    entry = Entry(action=action, subject_type=Entry._meta.label_lower, subject_id=0, detail=detail)
    entry.save(force_insert=True)
    return entry


def _entry(
    action: str, subject: models.Model, by: Doer, union_id: int | None, detail: dict[str, Fact]
) -> Entry:
    return Entry(
        action=action,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        by_id=by.pk if isinstance(by, models.Model) else by,
        union_id=union_id,
        detail=detail,
    )


def prepare_months() -> None:
    """Make the partitions of this month and the next three, where they are missing. Does nothing most days."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_prepare_months()")
