from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from django.db.models import Q

from unionhall.base.invariant import Invariant
from unionhall.kernel.casework.models import Case
from unionhall.kernel.casework.stages import Stages


def _in_no_stage() -> Iterator[str]:
    known = Q(pk__in=())
    for stages in Stages.known.values():
        known |= Q(kind=stages.kind, stage__in=[one.code for one in stages.stages])
    for case in Case.objects.exclude(known).order_by("pk"):
        yield f"case {case.pk}: {case.kind} in {case.stage}"


def _ended_or_not() -> Iterator[str]:
    for stages in Stages.known.values():
        ends = [one.code for one in stages.stages if one.ends]
        wrong = Q(stage__in=ends, closed_at=None) | (
            ~Q(stage__in=ends) & Q(closed_at__isnull=False)
        )
        for case in Case.objects.filter(wrong, kind=stages.kind).order_by("pk"):
            yield f"case {case.pk} in {case.stage}"


def _story_says_otherwise() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(LAST_LINE)
        return [f"case {case} is {stage}, its story says {told}" for case, stage, told in cursor]


LAST_LINE = """
    SELECT one.id, one.stage, last.stage FROM casework_case one
    LEFT JOIN LATERAL (
        SELECT stage FROM casework_event WHERE case_id = one.id ORDER BY id DESC LIMIT 1
    ) last ON true
    WHERE last.stage IS DISTINCT FROM one.stage ORDER BY one.id
"""

INVARIANTS = [
    Invariant("A case is in a stage of its life cycle", _in_no_stage),
    Invariant("A case has ended if, and only if, its stage is an end", _ended_or_not),
    Invariant("The story of a case ends in the stage that the case is in", _story_says_otherwise),
]
