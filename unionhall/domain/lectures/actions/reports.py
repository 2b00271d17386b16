"""Reports of phases for a great many are kept for a while: to count a million takes seconds."""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple

from django.db import transaction

from unionhall.base.clock import now_in_database
from unionhall.base.paging import COUNTED
from unionhall.base.sweep import one_by_one
from unionhall.domain.lectures import rules
from unionhall.domain.lectures.models import KeptReport, Phase
from unionhall.domain.lectures.queries.running import report_of

FRESH_FOR = dt.timedelta(minutes=1)


def read_report(phase: Phase) -> rules.Report:
    """The report as it is, or as it was lately; if that is too long ago, a sweep counts it anew."""
    kept = KeptReport.objects.filter(phase=phase).first()
    if kept is None:
        return take_report(phase)
    if kept.asked_at is None and kept.taken_at < now_in_database() - FRESH_FOR:
        KeptReport.objects.filter(pk=kept.pk, asked_at=None).update(asked_at=now_in_database())
    return rules.Report([rules.Line(*line) for line in kept.lines], kept.taken_at, is_old=True)


@transaction.atomic
def take_report(phase: Phase) -> rules.Report:
    """Count it, and keep it if there are more than lists count."""
    now, lines = now_in_database(), report_of(phase)
    report = rules.Report(lines, now)
    if report.total.entitled > COUNTED:
        said = {"taken_at": now, "asked_at": None, "lines": [astuple(line) for line in lines]}
        KeptReport.objects.update_or_create(phase=phase, defaults=said)
    else:
        KeptReport.objects.filter(phase=phase).delete()
    return report


def take_reports() -> int:
    """Those that somebody found old; returns how many."""
    asked = KeptReport.objects.filter(asked_at__isnull=False).order_by("asked_at")
    return one_by_one(_take, list(asked.values_list("phase", flat=True)))


def _take(phase_id: int) -> int:
    phase = Phase.objects.select_related("series__union", "contest").get(pk=phase_id)
    take_report(phase)
    return 1
