"""Members' pages: the list, the lecture, its text, and the way to the quiz."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from unionhall.base.access import signed_in
from unionhall.base.files.ranges import ranged_response
from unionhall.domain.learning.queries import progress_of, watching_of
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.models import Phase
from unionhall.domain.lectures.queries.halls import all_phases_for, phase_for, step_of
from unionhall.domain.lectures.queries.promises import promise_of
from unionhall.people.members.models import Member
from unionhall.people.members.queries import member_of


@signed_in
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    member = member_of(request.user)
    lines = all_phases_for(member) if member else []
    going_on = [line for line in lines if line.opened and not line.closed]
    return render(
        request, "lectures/index.html", {"member": member, "lines": lines, "going_on": going_on}
    )


@signed_in
@require_GET
def phase(request: HttpRequest, phase_id: int) -> HttpResponse:
    phase, member = _phase(request, phase_id)
    return render(request, "lectures/phase.html", _told(phase, member))


@signed_in
@require_GET
def standing(request: HttpRequest, phase_id: int) -> HttpResponse:
    """The part of the page that changes when the lecture has been watched."""
    phase, member = _phase(request, phase_id)
    return render(request, "lectures/_standing.html", _told(phase, member))


@signed_in
@require_GET
def text(request: HttpRequest, phase_id: int) -> HttpResponse:
    """The lecture to read; the clock of reading starts when it is first opened."""
    phase, member = _phase(request, phase_id)
    if not phase.lesson or not phase.lesson.script:
        raise Http404
    watching = lectures.open_text(phase, member=member)
    return render(request, "lectures/text.html", {**_told(phase, member), "watching": watching})


@signed_in
@require_POST
def read(request: HttpRequest, phase_id: int) -> HttpResponse:
    phase, member = _phase(request, phase_id)
    lectures.read_text(phase, member=member)
    messages.success(request, _("记下了：你读完了《{title}》。").format(title=phase.title))
    return redirect("lectures:phase", phase.pk)


@signed_in
@require_POST
def quiz(request: HttpRequest, phase_id: int) -> HttpResponse:
    phase, member = _phase(request, phase_id)
    return redirect("quiz:contest", lectures.go_to_quiz(phase, member=member).pk)


@signed_in
@require_GET
def video(request: HttpRequest, phase_id: int) -> HttpResponseBase:
    phase, _member = _phase(request, phase_id)
    if phase.lesson is None or phase.lesson.video is None:
        raise Http404
    return ranged_response(request, phase.lesson.video)


@signed_in
@require_GET
def captions(request: HttpRequest, phase_id: int) -> HttpResponse:
    phase, _member = _phase(request, phase_id)
    lesson = phase.lesson
    return HttpResponse(lesson.captions if lesson else "", content_type="text/vtt; charset=utf-8")


def _phase(request: HttpRequest, phase_id: int) -> tuple[Phase, Member]:
    member = member_of(request.user)
    try:
        found = phase_for(member, phase_id)
    except Phase.DoesNotExist:
        raise Http404 from None
    assert member is not None, "a phase is somebody's"  # noqa: S101
    return found, member


def _told(phase: Phase, member: Member) -> dict[str, object]:
    """What the page of a phase says to this member."""
    assert phase.lesson is not None, "published"  # noqa: S101
    watching = watching_of(phase.lesson, member)
    return {
        "phase": phase,
        "member": member,
        "lesson": phase.lesson,
        "watching": watching,
        "progress": progress_of(phase.lesson, watching),
        "promise": promise_of(phase),
        "step": step_of(phase, member),
        "kept_as": f"watched-{phase.lesson_id}-{member.pk}",
    }
