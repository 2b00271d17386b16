"""Write the house's memory. Called inside the transaction of the deed it tells of."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from typing import TypeAlias

from django.conf import settings
from django.db import connection, models, transaction

from unionhall.base.clock import now_in_database
from unionhall.base.ledger import anchor, rules
from unionhall.base.ledger.models import Entry, Horizon, Seal
from unionhall.base.ledger.queries import block_of, contents, last_drawn, transactions_running

logger = logging.getLogger(__name__)

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


def seal_entries() -> int:
    """Seal in blocks what is final, and anchor them; how many blocks.

    An id is drawn within a transaction. So once all that ran after a horizon was drawn have ended, whoever drew
    an id up to it has ended: the entries up to there are all that will ever be.
    """
    if not Seal.objects.exists():
        begin_first_anchor()
    horizon = Horizon.objects.first()
    sealed = 0
    if horizon is None or not {*horizon.running} & {*transactions_running()}:
        while horizon and seal_next(up_to=horizon.last_id):
            sealed += 1
        draw_horizon()
    anchor_blocks()
    return sealed


def begin_first_anchor() -> None:
    """Where it cannot be made it is sealed even so: the audit is red, for there is no anchor."""
    try:
        anchor.begin(settings.LEDGER_ANCHOR)
    except OSError as error:
        say_once(f"The anchor of the ledger cannot be made: {error}")


@cache
def say_once(told: str) -> None:
    """In the log of this process, and not again each minute."""
    logger.warning(told)


def draw_horizon() -> None:
    """First the last id that was drawn, then who runs: the other way round somebody could begin and draw in between."""
    drawn = last_drawn()
    Horizon.objects.update_or_create(
        pk=1, defaults={"last_id": drawn, "running": transactions_running()}
    )


@transaction.atomic
def seal_next(*, up_to: int) -> Seal | None:
    """Seal the next block of ids up to a final one; None if all are. Of two at once the key lets one through."""
    before = Seal.objects.order_by("number").last()
    bounds = rules.next_bounds(before, up_to=up_to)
    if bounds is None:
        return None
    seal = Seal(**asdict(bounds))
    ((seal.count, seal.digest),) = contents([seal.first_id], seal.last_id)
    seal.sealed_at = now_in_database()
    seal.chained = rules.chained(before, seal)
    seal.save(force_insert=True)
    return seal


def anchor_blocks() -> int:
    """Write the lines that the anchor lacks; how many. It is not made anew here, or its loss would go unnoticed.

    Nothing goes behind a line that is of no block here: the file may be another house's.
    """
    file = settings.LEDGER_ANCHOR
    if not anchor.is_there(file):
        say_once(f"There is no anchor of the ledger at {file}: see bin/manage anchor --help")
        return 0
    newest = anchor.newest(file)
    behind = block_of(newest)
    if newest and not behind:
        say_once(f"Nothing is added to {file}, whose newest line is of no block here: {newest}")
        return 0
    blocks = Seal.objects.filter(number__gt=behind.number if behind else 0).order_by("number")
    return anchor.append(file, ((one.number, rules.anchored(one)) for one in blocks.iterator()))


def begin_anchor() -> str:
    """Begin the anchor anew from the blocks that stand, as after a restore; where the old one was put, "" if none was.

    It stays beside the new one: what it says that the new one does not may have to be explained.
    """
    file, old = settings.LEDGER_ANCHOR, ""
    with transaction.atomic():
        if file.exists():
            old = f"{file.stem}-until-{now_in_database():%Y%m%dT%H%M%SZ}{file.suffix}"
        record_of_the_house("ledger.anchor_begun", old=old)
    if old:
        file.rename(file.with_name(old))
    anchor.begin(file)
    anchor_blocks()
    return old
