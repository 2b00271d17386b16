"""What was written and handed in for a matter is let go half a year after its end; that it was, stays."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from unionhall.base.clock import now_in_database
from unionhall.base.files import actions as files
from unionhall.base.sweep import one_by_one
from unionhall.kernel.casework.models import Case, CaseFile, Event

KEPT = dt.timedelta(days=180)  # as long as somebody may still object to an answer
AT_ONCE = 500


def forget_old_papers() -> int:
    """Papers and notes of cases that ended so long ago."""
    old = Case.objects.filter(closed_at__lt=now_in_database() - KEPT)
    papers = set(old.filter(files__isnull=False).values_list("pk", flat=True)[:AT_ONCE])
    notes = set(old.filter(events__text__isnull=False).values_list("pk", flat=True)[:AT_ONCE])
    return one_by_one(_forget, sorted(papers | notes))


@transaction.atomic
def _forget(case_id: int) -> int:
    held = Case.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    if not held.filter(pk=case_id).values_list("pk"):
        return 0
    for paper in CaseFile.objects.filter(case=case_id).select_related("file"):
        files.discard(paper.file, by=None)
    Event.objects.filter(case=case_id).update(text=None)
    return 1
