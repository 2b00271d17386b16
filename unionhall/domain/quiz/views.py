"""The member's pages: before, during and after a sitting, and the winners' list."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from unionhall.base.access import keep_cookie, known_by, signed_in
from unionhall.base.errors import Refused, numbered
from unionhall.base.files.ranges import ranged_response
from unionhall.base.htmx import in_json, is_htmx
from unionhall.base.paging import page_of
from unionhall.base.spreadsheets import write_csv
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.actions.refusals import HandedInAlready, OutOfSequence, TimeIsUp
from unionhall.domain.quiz.forms import AnswerForm, ReviewForm
from unionhall.domain.quiz.models import Attempt, Contest
from unionhall.domain.quiz.queries import attempts, results, winners
from unionhall.domain.quiz.queries.known import known
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.people.members.queries import member_of
from unionhall.people.members.queries.door import DOOR, caller, door_cookie


@signed_in
@require_GET
def contest(request: HttpRequest, contest_id: int) -> HttpResponse:
    """What it is, who may, how it goes; start or go on."""
    member = _member(request)
    start = attempts.start_of(_contest(member, contest_id), member)
    response = render(request, "quiz/contest.html", {"start": start, "contest": start.contest})
    door = door_cookie(request.session.session_key or "", _user(request))
    keep_cookie(request, response, DOOR, door, path="/quiz/")
    return response


@signed_in
@require_POST
def start(request: HttpRequest, contest_id: int) -> HttpResponse:
    """Draw and begin. The contest is as old as its process remembers it; the deed reads anew what may have changed."""
    member, found = _member(request), known(contest_id)
    if found is None:
        raise Http404
    try:
        attempt = actions.start_attempt(found.contest, member)
    except Refused:
        _contest(member, contest_id)  # whose it is not hears nothing of it
        raise
    return redirect("quiz:attempt", attempt.pk)


@never_cache
@known_by(caller)
@require_safe
def standing(request: HttpRequest, contest_id: int) -> HttpResponse:
    """What everybody may be told while they wait, from memory: how it stands, how old that is, when to ask again."""
    found, who = known(contest_id), request.caller  # type: ignore[attr-defined]
    if not found or not who.member or not attempts.is_for(found.contest, who.member):
        return in_json({"code": "not_found", **numbered()}, status=404)
    response = in_json(found.told())
    if found.ask_again_in is not None:
        response["Retry-After"] = str(ceil(found.ask_again_in))
    return response


@signed_in
@require_GET
def attempt(request: HttpRequest, attempt_id: int) -> HttpResponse:
    """Where one left off."""
    mine = _attempt(request, attempt_id)
    if mine.state != Attempt.State.OPEN:
        return redirect("quiz:result", mine.pk)
    return redirect("quiz:question", mine.pk, attempts.first_unanswered(mine))


@signed_in
@require_http_methods(["GET", "POST"])
def question(request: HttpRequest, attempt_id: int, position: int) -> HttpResponse:
    """One question; each answer is saved as it is given."""
    if request.method == "POST":
        return _save(request, attempt_id, position)
    mine = _asked(request, attempt_id, position)
    if mine.state != Attempt.State.OPEN:
        return redirect("quiz:result", mine.pk)
    return _question_page(request, mine, attempts.shown(mine, position))


@signed_in
@require_GET
def picture(request: HttpRequest, attempt_id: int, position: int, nth: int) -> HttpResponseBase:
    """What a question shows below its stem or beside an option, for whom it was drawn."""
    file = attempts.picture_of(_attempt(request, attempt_id), position, nth)
    if file is None:
        raise Http404
    response = ranged_response(request, file)
    response.headers.setdefault("Cache-Control", "private, max-age=86400")
    return response


def _save(request: HttpRequest, attempt_id: int, position: int) -> HttpResponse:
    """The deed finds out by itself whose attempt it is; the pages of a no read it once more."""
    form, given = AnswerForm(request.POST), request.POST.getlist("answer")
    if not form.is_valid():
        _asked(request, attempt_id, position)
        return HttpResponseBadRequest()
    said, mine = form.cleaned_data, Attempt(pk=attempt_id)
    try:
        saved = actions.save_answer(
            mine, position, given, seq=said["seq"], later=said["later"], by=_user(request)
        )
    except Attempt.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refusal:
        return _not_saved(request, _asked(request, attempt_id, position), position, refusal)
    if is_htmx(request):
        return _question_page(request, saved.attempt, attempts.shown(saved.attempt, position))
    return redirect(_next_page(saved.attempt, position, said["go"]))


def _not_saved(
    request: HttpRequest, mine: Attempt, position: int, refusal: Refused
) -> HttpResponse:
    if isinstance(refusal, OutOfSequence):
        return _conflict(request, mine, position, refusal)
    if isinstance(refusal, TimeIsUp | HandedInAlready):
        messages.warning(request, str(refusal))
        return _to_result(request, actions.hand_in(mine))
    raise refusal


def _conflict(
    request: HttpRequest, mine: Attempt, position: int, refusal: OutOfSequence
) -> HttpResponse:
    """What was typed stays in the form, what is stored is told; pressing again decides."""
    stored = attempts.shown(mine, position)
    typed = request.POST.getlist("answer")
    choices = tuple(replace(choice, checked=choice.value in typed) for choice in stored.choices)
    blanks = (*typed, *stored.blanks[len(typed) :])[: len(stored.blanks)]
    here = replace(stored, choices=choices, blanks=blanks, later="later" in request.POST)
    context: dict[str, object] = {"refusal": refusal, "stored": stored}
    return _question_page(request, mine, here, status=409, **context)


def _question_page(
    request: HttpRequest,
    mine: Attempt,
    shown: attempts.Shown,
    *,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    marks = attempts.map_of(mine)
    context |= {
        "attempt": mine,
        "shown": shown,
        "swapped": is_htmx(request),
        "marks": marks,
        "answered": sum(mark.answered for mark in marks),
        "later": sum(mark.later for mark in marks),
        "seconds": max(0, int((mine.due_at - timezone.now()).total_seconds())),
    }
    template = "quiz/_saved.html" if is_htmx(request) else "quiz/question.html"
    response = render(request, template, context, status=status)
    response["Vary"] = "HX-Request"
    response["Cache-Control"] = "no-store"  # the back button asks again, and sees what is stored
    return response


def _next_page(mine: Attempt, position: int, go: str) -> str:
    """Where the button that was pressed leads: a number, ``previous``, or on."""
    wanted = int(go) if go.isdecimal() else position + {"previous": -1, "stay": 0}.get(go, 1)
    if wanted > len(mine.paper):
        return reverse("quiz:hand_in", args=[mine.pk])
    return reverse("quiz:question", args=[mine.pk, max(1, wanted)])


def _to_result(request: HttpRequest, mine: Attempt) -> HttpResponse:
    url = reverse("quiz:result", args=[mine.pk])
    return HttpResponse(headers={"HX-Redirect": url}) if is_htmx(request) else redirect(url)


@signed_in
@require_http_methods(["GET", "POST"])
def hand_in(request: HttpRequest, attempt_id: int) -> HttpResponse:
    """How many are unanswered; then the deed, once or twice alike."""
    if request.method == "POST":
        return _hand_in(request, attempt_id)
    mine = _attempt(request, attempt_id)
    if mine.state != Attempt.State.OPEN:
        return redirect("quiz:result", mine.pk)
    marks = attempts.map_of(mine)
    seconds = max(0, int((mine.due_at - timezone.now()).total_seconds()))
    context = {
        "attempt": mine,
        "marks": marks,
        "missing": [mark for mark in marks if not mark.answered],
        "later": [mark for mark in marks if mark.later],
        "seconds": seconds,
    }
    return render(request, "quiz/hand_in.html", context)


def _hand_in(request: HttpRequest, attempt_id: int) -> HttpResponse:
    try:
        mine = actions.hand_in(Attempt(pk=attempt_id), by=_user(request))
    except Attempt.DoesNotExist as missing:
        raise Http404 from missing
    return redirect("quiz:result", mine.pk)


@signed_in
@require_GET
def result(request: HttpRequest, attempt_id: int) -> HttpResponse:
    """Score, place, the honest reason; right answers only by the contest's rule."""
    mine = _attempt(request, attempt_id)
    if mine.state == Attempt.State.OPEN:
        return redirect("quiz:attempt", mine.pk)
    return render(request, "quiz/result.html", _result_context(mine, ReviewForm()))


def _result_context(mine: Attempt, form: ReviewForm) -> dict[str, object]:
    revealed = bool(mine.paper) and attempts.may_reveal(mine, now=timezone.now())
    marked = attempts.marked_paper(mine) if revealed else []
    return {
        "attempt": mine,
        "contest": mine.contest,
        "reason": results.reason_of(mine),
        "start": attempts.start_of(mine.contest, mine.member) if mine.member else None,
        "revealed": revealed,
        "wrong": [one for one in marked if not one.right],
        "tags": attempts.right_by_tag(marked),
        "review": results.review_of(mine),
        "review_until": results.review_until(mine),
        "may_ask_review": results.may_ask_review(mine),
        "form": form,
        "committed_text": winners.committed_text_of(mine) if mine.prize else "",
        "commitment": winners.commitment_of(mine) if mine.prize else "",
        "proof": winners.proof_of_lots(mine.contest) if mine.passed_as else None,
        "is_named": bool(mine.prize) and winners.is_named(mine),
    }


@signed_in
@require_POST
def review(request: HttpRequest, attempt_id: int) -> HttpResponse:
    mine = _attempt(request, attempt_id)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return render(request, "quiz/result.html", _result_context(mine, form), status=422)
    asked = actions.ask_review(mine, text=form.cleaned_data["text"])
    due = timezone.localtime(asked.due_at).strftime("%m-%d %H:%M")
    messages.success(request, _("收到了，%(due)s 前由人来查并答复你。") % {"due": due})
    return redirect("quiz:result", mine.pk)


@signed_in
@require_GET
def winners_list(request: HttpRequest, contest_id: int) -> HttpResponse:
    """Everybody who won: masked, or withheld; each line can be checked."""
    read = _contest_to_read(request, contest_id)
    page = page_of(request, winners.prized(read))
    page.object_list = winners.shown(page.object_list)
    context = {"contest": read, "page": page, "last_link": winners.last_link(read)}
    return render(request, "quiz/winners.html", context | {"proof": winners.proof_of_lots(read)})


@signed_in
@require_GET
def winners_csv(request: HttpRequest, contest_id: int) -> HttpResponse:
    """The same list to keep, or to check by a program."""
    read = _contest_to_read(request, contest_id)
    rows = [
        (
            one.place,
            one.name,
            one.handed_in_at.isoformat(timespec="microseconds"),
            one.commitment,
            one.link,
        )
        for one in winners.winners_of(read)
    ]
    content = write_csv(["place", "name", "handed_in_at", "commitment", "link"], rows)
    name = f'attachment; filename="winners-{read.pk}.csv"'
    return HttpResponse(
        content, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
    )


@signed_in
@require_GET
def verify(request: HttpRequest) -> HttpResponse:
    """The recipe: how to check a list, and one's own line, without trusting us."""
    return render(request, "quiz/verify.html")


def _member(request: HttpRequest) -> Member:
    """Whoever came by the short way has been asked for already."""
    who = getattr(request, "caller", None)
    member = who.member if who else member_of(_user(request))
    if member is None:
        raise Refused(
            _("还不能参加。"),
            why=_("你的登录还没有和会员名册对上。"),
            next=_("到“我的”里核对身份，或者请工会干事查一下名册上的手机号。"),
            code="not_on_the_roll",
        )
    return member


def _contest(member: Member, contest_id: int) -> Contest:
    try:
        return attempts.contest_for(member, contest_id)
    except Contest.DoesNotExist as missing:
        raise Http404 from missing


def _contest_to_read(request: HttpRequest, contest_id: int) -> Contest:
    try:
        return attempts.contest_to_read(_user(request), contest_id)
    except Contest.DoesNotExist as missing:
        raise Http404 from missing


def _attempt(request: HttpRequest, attempt_id: int) -> Attempt:
    return get_object_or_404(attempts.attempts_of(_user(request)), pk=attempt_id)


def _asked(request: HttpRequest, attempt_id: int, position: int) -> Attempt:
    """Her attempt, if its paper is so long."""
    mine = _attempt(request, attempt_id)
    if not 1 <= position <= len(mine.paper):
        raise Http404
    return mine


def _user(request: HttpRequest) -> User:
    """Whoever is signed in; the route has seen to that."""
    assert isinstance(request.user, User)  # noqa: S101 — for the type checker
    return request.user
