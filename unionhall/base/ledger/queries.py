from __future__ import annotations

import datetime as dt
import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Collection
from dataclasses import dataclass, fields
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, Final

from django.db import connection, models
from django.utils import timezone

from unionhall.base.clock import now_in_database
from unionhall.base.ledger import anchor, rules
from unionhall.base.ledger.models import Entry, Seal


def entries_of(subject: models.Model) -> models.QuerySet[Entry]:
    """What happened to ``subject``, newest first."""
    return Entry.objects.filter(
        subject_type=subject._meta.label_lower, subject_id=subject.pk
    ).order_by("-id")


def entries_in(union_id: int) -> models.QuerySet[Entry]:
    """What was done in one union, newest first."""
    return Entry.objects.filter(union_id=union_id).order_by("-id")


def deeds_by(user_id: int, unions: models.QuerySet[Any]) -> models.QuerySet[Entry]:
    """What somebody did in these unions, given as their keys; newest first."""
    return Entry.objects.filter(by_id=user_id, union_id__in=unions).order_by("-id")


def entries_of_any(subjects: Collection[models.Model]) -> models.QuerySet[Entry]:
    """What happened to any of these, newest first."""
    named = [models.Q(subject_type=one._meta.label_lower, subject_id=one.pk) for one in subjects]
    return Entry.objects.filter(reduce(or_, named, models.Q(pk=None))).order_by("-id")


def entries_numbered(ids: Collection[int]) -> models.QuerySet[Entry]:
    """The entries of these ids, for what carries the number of the deed that it came from."""
    return Entry.objects.filter(pk__in=ids).order_by("id")


def entries_like(action: str = "", *, on: dt.date | None = None) -> models.QuerySet[Entry]:
    """All entries whose action begins so, of a day if one is named, the newest first."""
    entries = Entry.objects.order_by("-id")
    if on:
        begin = timezone.make_aware(dt.datetime.combine(on, dt.time()))
        entries = entries.filter(at__gte=begin, at__lt=begin + dt.timedelta(days=1))
    return entries.filter(action__startswith=action) if action else entries


def deeds_upon(
    model: type[models.Model], ids: models.QuerySet[Any], *, action: str, after: int
) -> models.QuerySet[Entry]:
    """The entries of one kind about these rows of ``model`` that came after entry ``after``."""
    about = Entry.objects.filter(subject_type=model._meta.label_lower, subject_id__in=ids)
    return about.filter(action=action, pk__gt=after)


LOWEST: Final = -(2**63)  # what was slipped in before the first id is the first block's

# It stands here and not in a function of the database, which whoever forges entries could replace; nor is anything
# taken from where his search_path leads to. JSON says everything alike in whatever zone and locale the session is,
# and in one line.
CONTENTS = """
    SELECT id, pg_catalog.jsonb_build_array(
        id, extract(epoch FROM at), action, subject_type, subject_id, by_id, union_id, detail
    )::pg_catalog.text
    FROM ledger_entry WHERE id OPERATOR(pg_catalog.>=) %s AND id OPERATOR(pg_catalog.<=) %s ORDER BY id, at
"""


def contents(firsts: list[int], last_id: int) -> list[tuple[int, str]]:
    """For blocks that begin at these ids, in order, the last one up to ``last_id``: entries, and SHA-256 in hexadecimal.

    Of all lines, each with its end. It is reckoned here: the database's own ``sha256`` says what its superuser wants.
    """
    counts, digests = [0] * len(firsts), [hashlib.sha256() for _ in firsts]
    with connection.cursor() as cursor:
        cursor.execute(CONTENTS, [LOWEST if firsts[0] == 1 else firsts[0], last_id])
        for entry, line in cursor:
            nth = max(bisect_right(firsts, entry) - 1, 0)
            counts[nth] += 1
            digests[nth].update(f"{line}\n".encode())
    return [(count, digest.hexdigest()) for count, digest in zip(counts, digests, strict=True)]


def block_of(line: str) -> Seal | None:
    """The block that a line of the anchor tells of; None if there is none, or another one."""
    try:
        seal = Seal.objects.filter(number=anchor.number_of(line)).first()
    except ValueError:
        return None
    return seal if seal and rules.anchored(seal) == line else None


@dataclass(frozen=True)
class Sealed:
    """An entry to which nothing can be added before it: what happened, to what, in which union."""

    id: int
    at: dt.datetime
    action: str
    subject_type: str
    subject_id: int
    union_id: int
    detail: dict[str, Any]


def sealed_up_to() -> int:
    """The last id of the last block; 0 if nothing is sealed."""
    return int(Seal.objects.aggregate(last=models.Max("last_id"))["last"] or 0)


def sealed_after(entry_id: int, *, up_to: int, actions: Collection[str], most: int) -> list[Sealed]:
    """Of these kinds, in the order of their ids, those of a union."""
    if not actions:
        return []
    found = Entry.objects.filter(
        id__gt=entry_id, id__lte=up_to, action__in=actions, union_id__isnull=False
    ).order_by("id")
    columns = [one.name for one in fields(Sealed)]
    return [Sealed(*row) for row in found.values_list(*columns)[:most]]


def seconds_unanchored(line: str) -> float:
    """For how long the oldest block behind this line of the anchor has been sealed; 0 if there is none."""
    behind = Seal.objects.filter(number__gt=anchor.number_of(line) if line else 0).order_by(
        "number"
    )
    oldest = behind.values_list("sealed_at", flat=True).first()
    return (now_in_database() - oldest).total_seconds() if oldest else 0.0


def last_drawn() -> int:
    """The last id that anybody has drawn, committed or not; 0 if nobody has."""
    sequence = "pg_get_serial_sequence('ledger_entry', 'id')::regclass"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(pg_sequence_last_value({sequence}), 0)")
        (drawn,) = cursor.fetchone()
    return int(drawn)


def transactions_running() -> list[str]:
    """Every transaction of the server but this one, by its virtual number, which also those have that wrote nothing.

    ``pg_locks`` shows them to every role, unlike ``pg_stat_activity``; it does not say of which database.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT virtualxid FROM pg_locks"
            " WHERE locktype = 'virtualxid' AND pid <> pg_backend_pid() ORDER BY 1"
        )
        return [str(one) for (one,) in cursor.fetchall()]


@dataclass(frozen=True)
class Proof:
    """What is known of the block that an entry is in. ``faults``: what does not hold, in the audit's words."""

    seal: Seal
    faults: tuple[str, ...] = ()
    anchored: bool = False


def blocks_of(ids: Collection[int]) -> dict[int, Seal]:
    """Entry -> the block in which it is sealed; one that is not sealed yet is left out. Two statements."""
    if not ids:
        return {}
    first = Seal.objects.filter(last_id__gte=min(ids)).order_by("last_id").first()
    if first is None:
        return {}
    seals = list(Seal.objects.filter(pk__gte=first.pk, first_id__lte=max(ids)).order_by("pk"))
    ends = [seal.last_id for seal in seals]
    places = {one: bisect_left(ends, one) for one in ids}
    return {one: seals[at] for one, at in places.items() if at < len(seals)}


def proof_of(seal: Seal, file: Path) -> Proof:
    """Reckons the block anew, holds it against its seal, the block before, and the anchor in ``file``."""
    ((count, digest),) = contents([seal.first_id], seal.last_id)
    before = Seal.objects.filter(pk=seal.pk - 1).first()
    line = _line_of(seal, file)
    checks = (
        (count == seal.count and digest == seal.digest, "content"),
        (rules.follows(before, seal) and seal.chained == rules.chained(before, seal), "link"),
        (line in {"", rules.anchored(seal)}, "anchor"),
    )
    return Proof(seal, tuple(what for holds, what in checks if not holds), anchored=bool(line))


def _line_of(seal: Seal, file: Path) -> str:
    """What the anchor says of it, "" if nothing: it may not have got there yet, or it is not on this machine."""
    if not anchor.is_there(file):
        return ""
    begins = f"{seal.number} "
    return next((one for one in anchor.lines(file) if one.startswith(begins)), "")
