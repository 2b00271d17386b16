"""A small ledger that is sealed and anchored, and who tampers with it, as the server's superuser may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from django.conf import settings
from django.db import connection, transaction

from unionhall.base.ledger import actions as ledger
from unionhall.base.ledger import anchor
from unionhall.base.ledger.invariants import INVARIANTS
from unionhall.base.ledger.models import Entry, Seal
from unionhall.base.ledger.queries import last_drawn

ENTRIES, PER_BLOCK = 50, 6
MAKE = """
    INSERT INTO ledger_entry (at, action, subject_type, subject_id, by_id, union_id, detail)
    SELECT clock_timestamp() + nth * interval '1 ms', 'unions.union_moved', 'unions.union', nth, nullif(nth %% 3, 0),
        nullif(nth %% 4, 0), jsonb_build_object('nth', nth, 'note', '白露' || nth, 'rate', nth / 7.0)
    FROM generate_series(1, %s) AS nth
"""
COPIED = "at, action, subject_type, subject_id, by_id, union_id, detail"


def make(entries: int = ENTRIES) -> None:
    """From id 1, no two alike, with a hole in the middle as a rollback leaves it; sealed and anchored to the end."""
    run("ALTER SEQUENCE ledger_entry_id_seq RESTART")
    run(MAKE, entries // 2)
    run("SELECT nextval('ledger_entry_id_seq')")
    run(MAKE, entries - entries // 2)
    seal_all()


def seal_all() -> None:
    """Without waiting for anybody: nobody else writes."""
    anchor.begin(settings.LEDGER_ANCHOR)
    seal_up_to(last_drawn())
    ledger.anchor_blocks()


def seal_up_to(last_id: int) -> None:
    while ledger.seal_next(up_to=last_id):
        pass


def found() -> list[str]:
    """What the audit says of the ledger, all its sentences together, but for the guards, which sleep here."""
    return [line for one in INVARIANTS if "guards" not in one.sentence for line in one.offenders()]


@contextmanager
def as_superuser() -> Iterator[None]:
    """Guards sleep; all is as before behind the block."""
    with transaction.atomic():
        for table in ("ledger_entry", "ledger_seal"):
            run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        transaction.set_rollback(True)


def run(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def some_entry(dice: Random) -> int:
    return dice.choice(list(Entry.objects.order_by("id").values_list("id", flat=True)))


def a_letter(dice: Random) -> None:
    column, one = dice.choice(("action", "subject_type")), some_entry(dice)
    told = Entry.objects.values_list(column, flat=True).get(pk=one)
    place = dice.randrange(len(told))
    changed = told[:place] + dice.choice([c for c in "abcxyz._" if c != told[place]])
    run(f"UPDATE ledger_entry SET {column} = %s WHERE id = %s", changed + told[place + 1 :], one)


def a_number(dice: Random) -> None:
    column, bit = dice.choice(("subject_id", "by_id", "union_id")), 1 << dice.randrange(40)
    change = f"{column} = coalesce({column} # {bit}, {bit})"
    run(f"UPDATE ledger_entry SET {change} WHERE id = %s", some_entry(dice))


def nobody(dice: Random) -> None:
    one = Entry.objects.filter(by_id__isnull=False).order_by("?").values_list("id", flat=True)[0]
    run("UPDATE ledger_entry SET by_id = NULL WHERE id = %s", dice.choice([one]))


def a_detail(dice: Random) -> None:
    one = some_entry(dice)
    detail = Entry.objects.values_list("detail", flat=True).get(pk=one)
    key = dice.choice([*detail, "more"])
    detail[key] = dice.choice([None, True, f"{detail.get(key)} ", [detail.get(key)]])
    run("UPDATE ledger_entry SET detail = %s WHERE id = %s", json.dumps(detail), one)


def the_time(dice: Random) -> None:
    by = dice.choice((-1, 1)) * 10 ** dice.randrange(9)
    change = f"at = at + interval '1 microsecond' * {by}"
    run(f"UPDATE ledger_entry SET {change} WHERE id = %s", some_entry(dice))


def taken_out(dice: Random) -> None:
    run("DELETE FROM ledger_entry WHERE id = %s", some_entry(dice))


def slipped_in(dice: Random) -> None:
    """Into the hole, beside an entry, or before them all."""
    at_id = dice.choice((ENTRIES // 2 + 1, some_entry(dice), -dice.randrange(9)))
    run(f"INSERT INTO ledger_entry (id, {COPIED}) SELECT %s, at + interval '1 s', action, subject_type,"
        " subject_id, by_id, union_id, detail FROM ledger_entry WHERE id = %s", at_id, some_entry(dice))  # fmt: skip


def swapped(dice: Random) -> None:
    one, other = dice.sample(list(Entry.objects.values_list("id", flat=True)), 2)
    for old, new in ((one, -99), (other, one), (-99, other)):
        run("UPDATE ledger_entry SET id = %s WHERE id = %s", new, old)


def the_tail(dice: Random) -> None:
    run("DELETE FROM ledger_entry WHERE id >= %s", some_entry(dice))


def the_tail_with_its_seals(dice: Random) -> None:
    keep = dice.randrange(Seal.objects.count())
    run("DELETE FROM ledger_entry WHERE id > coalesce("
        "(SELECT max(last_id) FROM ledger_seal WHERE number <= %s), 0)", keep)  # fmt: skip
    run("DELETE FROM ledger_seal WHERE number > %s", keep)


def forged_and_sealed_anew(dice: Random) -> None:
    """All blocks agree with all entries, and hang together: only the anchor knows better."""
    dice.choice((a_letter, a_number, a_detail, the_time, taken_out, swapped))(dice)
    run("DELETE FROM ledger_seal")
    seal_up_to(last_drawn())


def a_seal(dice: Random) -> None:
    number = dice.randint(1, Seal.objects.count())
    column = dice.choice(
        ("number", "first_id", "last_id", "count", "digest", "chained", "sealed_at")
    )
    change = {
        "digest": "overlay(digest placing 'x' from 7)",
        "chained": "overlay(chained placing 'x' from 7)",
        "sealed_at": "sealed_at + interval '1 microsecond'",
        "number": "number + 1000",
    }.get(column, f"{column} + 1")
    run(f"UPDATE ledger_seal SET {column} = {change} WHERE number = %s", number)


def a_block(dice: Random) -> None:
    """With its entries."""
    seal = dice.choice(list(Seal.objects.all()))
    run("DELETE FROM ledger_entry WHERE id BETWEEN %s AND %s", seal.first_id, seal.last_id)
    run("DELETE FROM ledger_seal WHERE number = %s", seal.number)


TAMPERS = [
    a_letter, a_number, nobody, a_detail, the_time, taken_out, slipped_in, swapped, the_tail,
    the_tail_with_its_seals, forged_and_sealed_anew, a_seal, a_block,
]  # fmt: skip
