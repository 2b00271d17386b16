"""Addresses with one fault each, beside the product's own: what the oracles of the matrix are there to find."""

from __future__ import annotations

import io
import zipfile

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import include, path

from unionhall.base.access import allowed, public
from unionhall.domain.learning.models import Lesson
from unionhall.domain.learning.queries import lessons_within
from unionhall.kernel.notify import actions as notify
from unionhall.people.members.models import Member
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of


def hers(request: HttpRequest):
    return lessons_within(in_charge_of(request.user))


@allowed(runs_unions)
def list_of_all(request: HttpRequest) -> HttpResponse:
    """The filter of the tenant is left out."""
    return HttpResponse(", ".join(Lesson.objects.values_list("title", flat=True)))


@allowed(runs_unions)
def archive_of_all(request: HttpRequest) -> HttpResponse:
    """So it is here, and what leaks is packed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("titles.csv", "\n".join(Lesson.objects.values_list("title", flat=True)))
    return HttpResponse(file.getvalue(), content_type="application/zip")


@allowed(runs_unions)
def in_a_header(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """Not the page leaks, its header does, and with the number alone."""
    last = Lesson.objects.latest("pk")
    return HttpResponse("", headers={"Link": f"/desk/learning/{last.pk}/"})


@allowed(runs_unions)
def count_of_all(request: HttpRequest) -> HttpResponse:
    """No word of anybody, and yet it says how much others do."""
    return HttpResponse(f"{Lesson.objects.count()} lessons")


@allowed(runs_unions)
def forbidden(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """403 where it is somebody else's, 404 where it is nobody's."""
    lesson = get_object_or_404(Lesson, pk=lesson_id)
    if lesson not in hers(request):
        raise PermissionDenied
    return HttpResponse(lesson.title)


@allowed(runs_unions)
def looks_twice(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """The same answer, and one statement more: whoever measures the time can tell."""
    lesson = get_object_or_404(Lesson, pk=lesson_id)
    if not hers(request).filter(pk=lesson.pk).exists():
        raise Http404
    return HttpResponse(lesson.title)


@allowed(runs_unions)
def from_the_query(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """The number in the address is checked, that in its link is not."""
    shown = get_object_or_404(hers(request), pk=lesson_id)
    if asked := request.GET.get("lesson"):
        shown = get_object_or_404(Lesson, pk=asked)
    return HttpResponse(f'<a href="?lesson={shown.pk}">{shown.seconds} s</a>')


@allowed(runs_unions)
def from_the_body(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """The number in the address is checked, those in the form are not; one of several is enough."""
    shown = get_object_or_404(hers(request), pk=lesson_id)
    for asked in request.POST.getlist("lesson"):
        get_object_or_404(Lesson, pk=asked)
    return HttpResponse(
        f'<form method="post"><input name="lesson" value="{shown.pk}">'
        f'<input name="lesson" value="{shown.pk}"></form>'
    )


@allowed(runs_unions)
def all_that_comes(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """Writes every field that is sent."""
    shown = get_object_or_404(hers(request), pk=lesson_id)
    named = {"speaker", "minimum_percent"} & request.POST.keys()
    hers(request).filter(pk=shown.pk).update(title="x", **{one: request.POST[one] for one in named})
    return HttpResponse('<form method="post"><input name="title" value="x"></form>')


@allowed(runs_unions)
def tells_others(request: HttpRequest) -> HttpResponse:
    """Every member is told of the first lesson, whosever it is."""
    first = Lesson.objects.earliest("pk")
    for member in Member.objects.filter(memberships__left_on=None):
        notify.send(member, "welfare/voucher_expiring", title=first.title, url="/")
    return HttpResponse("")


@public
def breaks(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """5xx for whoever brings a number that is nobody's."""
    return HttpResponse(str(Lesson.objects.get(pk=lesson_id).seconds // 0))


def says_officers(request: HttpRequest) -> HttpResponse:
    """Declares its reader, and guards nothing."""
    return HttpResponse("")


says_officers.reader = "runs_unions"  # type: ignore[attr-defined]


def silent(request: HttpRequest) -> HttpResponse:
    """Says nothing of its reader."""
    return HttpResponse("")


ONE = "<int:lesson_id>/"
urlpatterns = [
    path("planted/list_of_all/", list_of_all),
    path("planted/archive_of_all/", archive_of_all),
    path(f"planted/in_a_header/{ONE}", in_a_header),
    path("planted/count_of_all/", count_of_all),
    path(f"planted/forbidden/{ONE}", forbidden),
    path(f"planted/looks_twice/{ONE}", looks_twice),
    path(f"planted/from_the_query/{ONE}", from_the_query),
    path(f"planted/from_the_body/{ONE}", from_the_body),
    path(f"planted/all_that_comes/{ONE}", all_that_comes),
    path("planted/tells_others/", tells_others),
    path(f"planted/breaks/{ONE}", breaks),
    path("planted/says_officers/", says_officers),
    path("planted/silent/", silent),
    path("", include("unionhall.site.urls")),
]
