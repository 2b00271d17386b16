"""What came of a phase, by union and by name: for officers in charge of these members alone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from unionhall.base.access import allowed
from unionhall.base.paging import counted, page_of
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.desk.doors import officer, phase_or_404
from unionhall.domain.lectures.queries import taking_part
from unionhall.domain.lectures.queries.signing import (
    LINES_ON_A_PAGE,
    pages_to_sign,
    winners_below,
)
from unionhall.people.unions.access import runs_unions

PRINTED_AT_ONCE = 50 * LINES_ON_A_PAGE


@allowed(runs_unions)
@require_GET
def report(request: HttpRequest, phase_id: int) -> HttpResponse:
    """By union, as it is or was lately; by name, as it is."""
    phase, user = phase_or_404(request, phase_id), officer(request)
    everybody = taking_part(phase, user)
    people = page_of(
        request, taking_part(phase, user, a_page=True), count=lambda: counted(everybody)
    )
    context = {"phase": phase, "report": lectures.read_report(phase), "page": people}
    return render(request, "lectures/desk/report.html", context)


@allowed(runs_unions)
@require_GET
def to_sign(request: HttpRequest, phase_id: int) -> HttpResponse:
    """To be printed, and signed when prizes are handed over."""
    phase = phase_or_404(request, phase_id)
    page = page_of(request, winners_below(phase, officer(request)), size=PRINTED_AT_ONCE)
    context = {"phase": phase, "page": page, "sheets": pages_to_sign(phase, list(page))}
    return render(request, "lectures/desk/to_sign.html", context)
