"""What came of a phase, by union and by name: for officers in charge of these members alone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from unionhall.base.access import allowed
from unionhall.base.paging import page_of
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures import rules
from unionhall.domain.lectures.desk.doors import officer, phase_or_404
from unionhall.domain.lectures.desk.running import XLSX
from unionhall.domain.lectures.queries import report_of, taking_part
from unionhall.people.unions.access import runs_unions


@allowed(runs_unions)
@require_GET
def report(request: HttpRequest, phase_id: int) -> HttpResponse:
    phase = phase_or_404(request, phase_id)
    lines = report_of(phase)
    context = {
        "phase": phase, "lines": lines, "total": rules.total(lines), "page": page_of(request, taking_part(phase, officer(request))),
    }  # fmt: skip
    return render(request, "lectures/desk/report.html", context)


@allowed(runs_unions)
@require_POST
def report_xlsx(request: HttpRequest, phase_id: int) -> HttpResponse:
    """By POST, for it leaves a line in the ledger."""
    phase = phase_or_404(request, phase_id)
    response = HttpResponse(lectures.export_report(phase, by=officer(request)), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="report-{phase.pk}.xlsx"'
    return response
