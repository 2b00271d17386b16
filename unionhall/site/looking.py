"""Which part of the tree an officer looks at: one of her offices, or the desk as somebody below sees it, read only.

The session remembers the choice and no right: at each request it is looked at again, and it can only narrow what she may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.errors import Refused
from unionhall.base.sealed_words import only_leads
from unionhall.people.unions import actions as unions
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import Office
from unionhall.people.unions.queries import (
    IN_CHARGE,
    in_office,
    may_staff,
    office_in_charge,
    offices_of,
)
from unionhall.site.refusals import CONFLICT, as_json
from unionhall.site.second_factor import GUARDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from unionhall.people.accounts.models import User

LOOKS_AT, AS = "looks_at", "looks_as"  # in the session: an office's id; whether as whoever holds it
SAFE = {"GET", "HEAD", "OPTIONS"}
WAY_OUT = "/desk/look/"


def look_at_a_part(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: for the desk alone; who looks as somebody else changes nothing."""

    def respond(request: HttpRequest) -> HttpResponse:
        if GUARDED.match(request.path_info) and LOOKS_AT in request.session:
            if not _look(request):
                was_another = _looks_as(request)
                for key in (LOOKS_AT, AS):
                    request.session.pop(key, None)
                if was_another and not _may_be_sent(request):
                    return _read_only(request)  # what she sent was never meant to be her own deed
            elif _looks_as(request) and not _may_be_sent(request):
                return _read_only(request)
        return get_response(request)

    return respond


def _look(request: HttpRequest) -> bool:
    """Whether she may still look at it; then all that asks what she runs is told so."""
    office = in_office().select_related("union", "user").filter(pk=request.session[LOOKS_AT])
    found, user = office.first(), request.user
    if found is None or not user.is_authenticated:
        return False
    if not (may_staff(user, found.union) if _looks_as(request) else found.user_id == user.pk):
        return False
    user.looks_at = found  # type: ignore[attr-defined]  # for this request; ``charges_of`` reads it
    return True


def looking_at(user: User, office_id: int | None) -> User:
    """``user``, who looks at this office of hers for now, as far away from any request as a worker is.

    Raises ``Office.DoesNotExist`` where she does not hold it.
    """
    if office_id is not None:
        user.looks_at = offices_of(user).get(pk=office_id)  # type: ignore[attr-defined]
    return user


def _looks_as(request: HttpRequest) -> bool:
    return bool(request.session.get(AS))


def _may_be_sent(request: HttpRequest) -> bool:
    return request.method in SAFE or request.path_info == WAY_OUT or only_leads(request)


def _read_only(request: HttpRequest) -> HttpResponse:
    refusal = Refused(
        _("没有办。"),
        why=_("你正用别人的职务看工作台，只能看。"),
        next=_("先点“回到我自己”，再来办。"),
        code="seen_as",
    )
    if request.path_info.startswith("/api/"):
        return JsonResponse(as_json(refusal), status=CONFLICT)
    return render(request, "409.html", {"refusal": refusal, "back": "/desk/"}, status=CONFLICT)


def looked_at(request: HttpRequest) -> dict[str, object] | None:
    """What the frame says of it; ``None``: she looks at all that is hers."""
    office: Office | None = getattr(request.user, LOOKS_AT, None)
    return {"office": office, "as": _looks_as(request)} if office else None


def choices(request: HttpRequest) -> list[Office]:
    """Her own offices, if she holds several."""
    held = offices_of(request.user).filter(role__in=IN_CHARGE).order_by("union__path")
    offices = list(held[:20])
    return offices if len(offices) > 1 else []


@allowed(runs_unions)
@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """At one of her offices, as somebody whose office she may give, or at all that is hers again."""
    user, asked = cast("User", request.user), request.POST.get("office", "")
    for key in (LOOKS_AT, AS):
        request.session.pop(key, None)
    if asked:
        office = _office(user, asked, as_somebody="as" in request.POST)
        request.session[LOOKS_AT] = office.pk
        if "as" in request.POST:
            request.session[AS] = True
            unions.note_seen_as(office, by=user)
    return redirect("desk:today")


def _office(user: User, asked: str, *, as_somebody: bool) -> Office:
    number = int(asked) if asked.isdecimal() else 0
    try:
        if not as_somebody:
            return offices_of(user).filter(role__in=IN_CHARGE).get(pk=number)
        office = office_in_charge(user, number)
    except Office.DoesNotExist as error:
        raise Http404 from error
    if office.role not in IN_CHARGE:  # who has no desk sees none
        raise Http404
    return office
