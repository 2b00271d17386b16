"""Reports of phases for a great many are kept for a while: to count a million takes seconds."""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple

from django.db import transaction

from unionhall.base.clock import now_in_database
from unionhall.base.paging import COUNTED
from unionhall.base.patience import unhurried
from unionhall.base.sweep import one_by_one
from unionhall.domain.lectures import rules
from unionhall.domain.lectures.models import KeptReport, Phase
from unionhall.domain.lectures.queries.running import report_of

FRESH_FOR = dt.timedelta(minutes=1)


def read_report(phase: Phase) -> rules.Report:
    """The report as it is, or as it was lately; if that is too long ago, a sweep counts it anew."""
    kept = KeptReport.objects.filter(phase=phase).first()
    if kept is None:
        return rules.Report(take_report(phase))
    if kept.asked_at is None and kept.taken_at < now_in_database() - FRESH_FOR:
        KeptReport.objects.filter(pk=kept.pk, asked_at=None).update(asked_at=now_in_database())
    return rules.Report([rules.Line(*line) for line in kept.lines], kept.taken_at)


@unhurried()
def take_report(phase: Phase) -> list[rules.Line]:
    """Count it, and keep it if there are more than lists count."""
    lines = report_of(phase)
    if rules.total(lines).entitled > COUNTED:
        _keep(phase, lines)
    return lines


@transaction.atomic
def _keep(phase: Phase, lines: list[rules.Line]) -> None:
    said = {"taken_at": now_in_database(), "asked_at": None, "lines": list(map(astuple, lines))}
    KeptReport.objects.update_or_create(phase=phase, defaults=said)


def take_reports() -> int:
    """Those that somebody found old; returns how many."""
    asked = KeptReport.objects.filter(asked_at__isnull=False).order_by("asked_at")
    return one_by_one(_take, list(asked.values_list("phase", flat=True)))


def _take(phase_id: int) -> int:
    """One that is not for so many any more is not kept any more."""
    phase = Phase.objects.select_related("series__union", "contest").get(pk=phase_id)
    if rules.total(take_report(phase)).entitled <= COUNTED:
        KeptReport.objects.filter(phase=phase).delete()
    return 1
