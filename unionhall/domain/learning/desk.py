from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from unionhall.base.access import allowed
from unionhall.base.choosing import asked_by_box
from unionhall.base.errors import Refused
from unionhall.base.files.ranges import ranged_response
from unionhall.base.own_paths import is_own_path
from unionhall.base.paging import page_of
from unionhall.domain.learning import actions as learning
from unionhall.domain.learning.forms import LessonForm
from unionhall.domain.learning.models import Lesson
from unionhall.domain.learning.queries import lessons_within
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of


@allowed(runs_unions)
def index(request: HttpRequest) -> HttpResponse:
    lessons = lessons_within(in_charge_of(request.user)).select_related("union")
    return render(request, "learning/desk/index.html", {"page": page_of(request, lessons)})


@allowed(runs_unions)
def new(request: HttpRequest) -> HttpResponse:
    sent = (request.POST or None, request.FILES or None)
    asked = asked_by_box(request.GET, "union")
    form = LessonForm(*sent, unions=in_charge_of(request.user), initial=asked)
    if request.method == "POST" and form.is_valid():
        lesson = _published(form, _officer(request))
        if lesson:
            messages.success(
                request, _("《{title}》传好了，可以放进大讲堂。").format(title=lesson.title)
            )
            return redirect(_back(request) or reverse("learning_desk:lesson", args=[lesson.pk]))
    context = {"form": form, "back": _back(request)}
    return render(request, "learning/desk/new.html", context, status=422 if form.errors else 200)


def _published(form: LessonForm, by: User) -> Lesson | None:
    """The lesson, or the refusal beside the field it is about and None."""
    fields = {
        name: form.cleaned_data[name] for name in ("union", "title", "speaker", "video", "script")
    }
    try:
        return learning.publish_lesson(**fields, by=by)
    except Refused as refusal:
        form.add_error("video", str(refusal))
        return None


def _back(request: HttpRequest) -> str:
    """The page that sent her here to upload, when it is one of ours."""
    url = request.POST.get("back") or request.GET.get("back") or ""
    return url if is_own_path(url) else ""


@allowed(runs_unions)
def lesson(request: HttpRequest, lesson_id: int) -> HttpResponse:
    return render(request, "learning/desk/lesson.html", {"lesson": _lesson(request, lesson_id)})


@allowed(runs_unions)
def video(request: HttpRequest, lesson_id: int) -> HttpResponseBase:
    lesson = _lesson(request, lesson_id)
    if lesson.video is None:
        raise Http404
    return ranged_response(request, lesson.video)


@allowed(runs_unions)
def captions(request: HttpRequest, lesson_id: int) -> HttpResponse:
    return HttpResponse(
        _lesson(request, lesson_id).captions, content_type="text/vtt; charset=utf-8"
    )


def _officer(request: HttpRequest) -> User:
    assert isinstance(request.user, User), "signed in"  # noqa: S101
    return request.user


def _lesson(request: HttpRequest, lesson_id: int) -> Lesson:
    lesson = (
        lessons_within(in_charge_of(request.user))
        .filter(pk=lesson_id)
        .select_related("video")
        .first()
    )
    if lesson is None:
        raise Http404
    return lesson
