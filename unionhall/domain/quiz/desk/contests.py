"""The officer's pages of trials and reviews."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from unionhall.base.access import allowed
from unionhall.base.paging import page_of
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.desk.doors import signed_in
from unionhall.domain.quiz.forms import ReviewAnswerForm
from unionhall.domain.quiz.models import Contest
from unionhall.domain.quiz.queries.results import reason_of, reviews_for
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of


@allowed(runs_unions)
@require_POST
def trial(request: HttpRequest, contest_id: int) -> HttpResponse:
    """Sit it oneself before others do; it never counts."""
    tried = get_object_or_404(Contest, pk=contest_id, union__in=in_charge_of(signed_in(request)))
    return redirect("quiz:attempt", actions.start_trial(tried, by=signed_in(request)).pk)


@allowed(runs_unions)
@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    page = page_of(request, reviews_for(signed_in(request)))
    return render(request, "quiz/desk/reviews.html", {"page": page})


@allowed(runs_unions)
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, review_id: int) -> HttpResponse:
    """The facts beside the question, and the answer."""
    asked = get_object_or_404(reviews_for(signed_in(request)), pk=review_id)
    form = ReviewAnswerForm(request.POST or None)
    if form.is_valid():
        actions.answer_review(asked, text=form.cleaned_data["text"], by=signed_in(request))
        messages.success(request, _("答复发出去了。"))
        return redirect("quiz_desk:reviews")
    context = {
        "review": asked,
        "attempt": asked.attempt,
        "reason": reason_of(asked.attempt),
        "form": form,
    }
    return render(request, "quiz/desk/review.html", context, status=422 if form.is_bound else 200)
