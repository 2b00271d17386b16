"""From an empty sentence to a published lecture hall."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from unionhall.base.access import allowed
from unionhall.base.clock import now_in_database
from unionhall.base.htmx import is_htmx
from unionhall.base.paging import page_of
from unionhall.base.written_text import without_invisible
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures import rules
from unionhall.domain.lectures.desk.doors import draft_phase_or_404, officer, series_or_404
from unionhall.domain.lectures.desk.meanwhile import differences
from unionhall.domain.lectures.forms import (
    DRAFT_FIELDS,
    PhaseForm,
    SeriesForm,
    new_draft,
    phase_forms,
    rules_typed,
    terms_of,
)
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.lectures.queries import (
    Promise,
    checks_of,
    promise_from,
    promise_of,
    searched,
    series_for,
)
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of

LONGEST_TYPED, LONGEST_NUMBER = 200, 10


@dataclass(frozen=True)
class Sentence:
    """One phase in the composer: as typed, and what it comes to."""

    phase: Phase
    form: PhaseForm
    promise: Promise | None
    checks: list[rules.Check]

    @property
    def ready(self) -> bool:
        """Whether nothing stands in its way."""
        return self.promise is not None and rules.may_publish(self.checks)


@allowed(runs_unions)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    text, state = without_invisible(request.GET.get("q", "")).strip(), request.GET.get("state", "")
    found = searched(series_for(officer(request)), text=text, state=state)
    context = {
        "page": page_of(request, found),
        "q": text,
        "state": state,
        "states": Series.State.choices,
    }
    return render(request, "lectures/desk/index.html", context)


@allowed(runs_unions)
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    union = in_charge_of(request.user).order_by("path").first()
    assert union is not None, "runs_unions"  # noqa: S101
    draft = new_draft(union, now_in_database())
    return redirect(
        "lectures_desk:compose", lectures.compose(union, by=officer(request), draft=draft).pk
    )


@allowed(runs_unions)
@require_GET
def compose(request: HttpRequest, series_id: int) -> HttpResponse:
    series = series_or_404(request, series_id)
    if series.state != Series.State.DRAFT:
        return redirect("lectures_desk:series", series.pk)
    return render(request, "lectures/desk/compose.html", _composed(request, series))


@allowed(runs_unions)
@require_POST
def save(request: HttpRequest, series_id: int) -> HttpResponse:
    """Keep what was typed; then what the pressed button says. Typing alone (htmx) brings the margin."""
    series = series_or_404(request, series_id)
    form = SeriesForm(request.POST, unions=in_charge_of(request.user))
    form.is_valid()  # what is not valid is not kept
    said: dict[str, Any] = {"fields": form.cleaned_data, "phases": _typed(request, series)}
    try:
        lectures.save_draft(series, **said, by=officer(request), page=_page(request))
    except lectures.SavedMeanwhile as refusal:
        return _saved_meanwhile(request, refusal, said["phases"])
    series = series_or_404(request, series_id)
    if is_htmx(request):
        return render(request, "lectures/desk/_margin.html", _composed(request, series))
    return _next(request, series)


def _page(request: HttpRequest) -> lectures.Page | None:
    """Which draft the page shows; ``over`` is the one that she read beside it and wants to replace."""
    version = request.POST.get("over") or request.POST.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < LONGEST_NUMBER):
        return None
    return lectures.Page(request.POST.get("page", "")[:32], int(version))


def _saved_meanwhile(
    request: HttpRequest, refusal: lectures.SavedMeanwhile, typed: dict[int, dict[str, str]]
) -> HttpResponse:
    """All that she typed stays on the page, and where it differs from what is kept stands above."""
    kept = _composed(request, refusal.series)
    shown = _composed(request, refusal.series, typed)
    pairs = [(kept["form"], shown["form"])]
    pairs += [
        (one.form, other.form)
        for one, other in zip(kept["sentences"], shown["sentences"], strict=True)
    ]
    context = shown | {
        "refusal": refusal, "version": request.POST.get("version"),
        "differences": [one for pair in pairs for one in differences(*pair)],
    }  # fmt: skip
    template = "lectures/desk/_margin.html" if is_htmx(request) else "lectures/desk/compose.html"
    return render(request, template, context, status=409)


def _typed(request: HttpRequest, series: Series) -> dict[int, dict[str, str]]:
    said = {name: without_invisible(str(text)) for name, text in request.POST.items()}
    typed = {}
    for pk in series.phases.values_list("pk", flat=True):
        names = [name for name in DRAFT_FIELDS if f"p{pk}-{name}" in said and name != "rules"]
        typed[pk] = {name: said[f"p{pk}-{name}"][:LONGEST_TYPED] for name in names}
        rules_text = rules_typed(said, f"p{pk}-rules")
        if rules_text is not None:
            typed[pk]["rules"] = rules_text
    return typed


def _next(request: HttpRequest, series: Series) -> HttpResponse:
    """Where the button leads that was pressed: another phase, one phase less, the way to publishing."""
    then, _sep, number = request.POST.get("then", "").partition("-")
    if then == "add":
        lectures.add_phase(series, by=officer(request), page=_page(request))
    elif then == "drop":
        _drop(request, series, number)
    elif then == "publish":
        return redirect("lectures_desk:publish", series.pk)
    elif then == "preview":
        return redirect("lectures_desk:preview", _phase_in(series, number).pk)
    elif then == "rules":
        phase = _phase_in(series, number)
        return redirect(
            f"{reverse('lectures_desk:compose', args=[series.pk])}#id_p{phase.pk}-rules"
        )
    else:
        messages.success(request, _("草稿存好了。"))
    return redirect("lectures_desk:compose", series.pk)


def _drop(request: HttpRequest, series: Series, number: str) -> None:
    """A second press finds nothing left to drop: that this page's own saving came last tells it apart."""
    page = _page(request)
    again = page is not None and page.word == series.saved_from and page.version < series.version
    try:
        phase = _phase_in(series, number)
    except Http404:
        if not again:
            raise
        return
    lectures.drop_phase(phase, by=officer(request), page=page)


def _phase_in(series: Series, number: str) -> Phase:
    for phase in series.phases.all():
        if str(phase.pk) == number:
            return phase
    raise Http404


@allowed(runs_unions)
def publish(request: HttpRequest, series_id: int) -> HttpResponse:
    """Read once more what members will read; then publish."""
    series = series_or_404(request, series_id)
    if series.state != Series.State.DRAFT:
        return redirect("lectures_desk:series", series.pk)
    if request.method == "POST":
        page = _page(request)
        lectures.publish(
            series, read=terms_of, by=officer(request), version=page.version if page else None
        )
        messages.success(request, _("发布了。到时间会自己开放，到时间会自己结束。"))
        return redirect("lectures_desk:series", series.pk)
    return render(request, "lectures/desk/publish.html", _composed(request, series))


@allowed(runs_unions)
@require_POST
def copy(request: HttpRequest, series_id: int) -> HttpResponse:
    series = lectures.copy_series(series_or_404(request, series_id), by=officer(request))
    messages.success(request, _("照原样复制了一份草稿，只差时间。"))
    return redirect("lectures_desk:compose", series.pk)


@allowed(runs_unions)
@require_GET
def preview(request: HttpRequest, phase_id: int) -> HttpResponse:
    """The page as members will see it, without any of its effects."""
    phase = draft_phase_or_404(request, phase_id)
    promise = _promise(request, phase)
    context = {"phase": phase, "promise": promise, "lesson": promise and promise.lesson}
    return render(request, "lectures/desk/preview.html", context)


@allowed(runs_unions)
@require_POST
def trial(request: HttpRequest, phase_id: int) -> HttpResponse:
    """Sit the quiz oneself. It never counts."""
    phase = draft_phase_or_404(request, phase_id)
    attempt = lectures.try_out(phase, read=terms_of, by=officer(request))
    return redirect("quiz:attempt", attempt.pk)


def _promise(request: HttpRequest, phase: Phase) -> Promise | None:
    if phase.series.state != Series.State.DRAFT:
        return promise_of(phase)
    terms = terms_of(phase.series, officer(request)).get(phase.pk)
    return promise_from(terms, phase.series) if terms else None


def _composed(
    request: HttpRequest, series: Series, typed: dict[int, dict[str, str]] | None = None
) -> dict[str, Any]:
    form = SeriesForm(
        request.POST if typed else None, instance=series, unions=in_charge_of(request.user)
    )
    sentences = [
        _sentence(series, phase, form)
        for phase, form in phase_forms(series, officer(request), typed).items()
    ]
    return {
        "series": series,
        "form": form,
        "sentences": sentences,
        "version": series.version,
        "page": request.POST.get("page") or secrets.token_hex(16),
        "ready": bool(series.title) and all(sentence.ready for sentence in sentences),
    }


def _sentence(series: Series, phase: Phase, form: PhaseForm) -> Sentence:
    terms = form.terms()
    if terms is None:
        return Sentence(phase, form, None, [])
    return Sentence(phase, form, promise_from(terms, series), checks_of(terms))
