"""While a phase runs: the live view, who has not started, people on paper, an early end."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from unionhall.base.access import allowed
from unionhall.base.htmx import is_htmx, page_or_fragment
from unionhall.base.paging import counted, page_of
from unionhall.base.sealed_words import seals_words, words_of
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.desk.doors import officer, phase_or_404, series_or_404
from unionhall.domain.lectures.forms import ClosingForm, PaperForm, PlacesForm
from unionhall.domain.lectures.models import Phase, PlacesChange, Series
from unionhall.domain.lectures.queries import (
    candidates_for_paper,
    last_reminder,
    not_started,
    not_started_below,
    on_paper,
    phases_for,
    promise_of,
    runs_whole_phase,
    rush_lately,
    rush_of,
)
from unionhall.people.unions.access import runs_unions

SHOWN_ON_PAPER = 50


@allowed(runs_unions)
@require_GET
def series(request: HttpRequest, series_id: int) -> HttpResponse:
    """A published series: its phases and what can be done with each."""
    series = series_or_404(request, series_id)
    if series.state == Series.State.DRAFT:
        return redirect("lectures_desk:compose", series.pk)
    phases = phases_for(officer(request)).filter(series=series).order_by("number")
    shown = [(phase, promise_of(phase), rush_of(phase)) for phase in phases]
    return render(request, "lectures/desk/series.html", {"series": series, "phases": shown})


@allowed(runs_unions)
@require_GET
def live(request: HttpRequest, phase_id: int) -> HttpResponse:
    """The rush as it is now; the page asks for the fragment again every two seconds.

    That is the same for all screens and may be a second old; who may see it is asked each time.
    """
    phase = phase_or_404(request, phase_id)
    lately = rush_lately(phase.pk) if is_htmx(request) else None
    context: dict[str, object] = {"phase": phase, "rush": lately or rush_of(phase)}
    return page_or_fragment(request, "lectures/desk/live.html", "lectures/desk/_live.html", context)


@allowed(runs_unions)
@require_GET
def waiting(request: HttpRequest, phase_id: int) -> HttpResponse:
    phase, user = phase_or_404(request, phase_id), officer(request)
    page = page_of(request, not_started_below(phase, user))
    hers = page.paginator.count
    total = hers if runs_whole_phase(user, phase) else counted(not_started(phase))
    context = {
        "phase": phase, "page": page, "reminder": last_reminder(phase), "total": total,
        "elsewhere": 0 if total.is_capped else total - hers,
    }  # fmt: skip
    return render(request, "lectures/desk/waiting.html", context)


@allowed(runs_unions)
@require_POST
def remind(request: HttpRequest, phase_id: int) -> HttpResponse:
    phase = phase_or_404(request, phase_id)
    lectures.remind_not_started(phase, by=officer(request))
    messages.success(request, _("开始提醒了，一批一批发，几分钟内发完。"))
    return redirect("lectures_desk:waiting", phase.pk)


@allowed(runs_unions)
@seals_words
def paper(request: HttpRequest, phase_id: int) -> HttpResponse:
    """Search the roll, then enter a score that was counted by hand."""
    phase = phase_or_404(request, phase_id)
    assert phase.contest is not None, "published"  # noqa: S101
    text = words_of(request)
    among = candidates_for_paper(phase, officer(request), text)
    form = PaperForm(request.POST or None, among=among, full_marks=phase.contest.full_marks)
    if request.method == "POST" and form.is_valid():
        return _entered(request, phase, form)
    context = {
        "phase": phase,
        "form": form,
        "q": text,
        "found": among.exists(),
        "entered": on_paper(phase, officer(request))[:SHOWN_ON_PAPER],
    }
    return render(request, "lectures/desk/paper.html", context, status=422 if form.errors else 200)


def _entered(request: HttpRequest, phase: Phase, form: PaperForm) -> HttpResponse:
    attempt = lectures.enter_on_paper(phase, **form.cleaned_data, by=officer(request))
    if attempt.prize:
        words = _("登记好了：及格，第 {place} 名，有奖。").format(place=attempt.prize.place)
    elif attempt.passed_as:
        words = _("登记好了：及格，排第 {n}。").format(n=attempt.passed_as)
    else:
        words = _("登记好了：没到及格分。")
    messages.success(request, words)
    return redirect("lectures_desk:paper", phase.pk)


@allowed(runs_unions)
def places(request: HttpRequest, phase_id: int) -> HttpResponse:
    """More vouchers, or fewer."""
    phase = phase_or_404(request, phase_id)
    if phase.offer_id is None:
        raise Http404
    form = PlacesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        change = lectures.change_places(phase, **form.cleaned_data, by=officer(request))
        messages.success(request, _changed(change))
        return redirect("lectures_desk:live", phase.pk)
    # By the pool's own row, which bounds the change: a rush would count all who take part.
    pool = phase.contest and phase.contest.prizes
    context = {"phase": phase, "form": form, "pool": pool, "promise": promise_of(phase)}
    return render(request, "lectures/desk/places.html", context, status=422 if form.errors else 200)


def _changed(change: PlacesChange) -> str:
    if not change.served:
        return _("改好了：现在共 {n} 份。").format(n=change.after)
    words = _("改好了：现在共 {n} 份，其中 {served} 份补给了先前没领到的人。")
    return words.format(n=change.after, served=change.served)


@allowed(runs_unions)
def close(request: HttpRequest, phase_id: int) -> HttpResponse:
    phase = phase_or_404(request, phase_id)
    form = ClosingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        lectures.close_early(phase, because=form.cleaned_data["because"], by=officer(request))
        messages.success(request, _("这一期结束了。参加过的人会收到说明。"))
        return redirect("lectures_desk:series", phase.series_id)
    context = {"phase": phase, "form": form, "rush": rush_of(phase)}
    return render(request, "lectures/desk/close.html", context, status=422 if form.errors else 200)
