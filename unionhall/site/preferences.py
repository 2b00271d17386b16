"""How each reader wants her pages: language, size, colours; and what every frame shows."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import redirect
from django.utils import translation
from django.views.decorators.http import require_POST

from unionhall.base.access import public
from unionhall.base.paging import counted
from unionhall.kernel.notify.queries import unread
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Membership
from unionhall.people.members.queries import member_of
from unionhall.people.unions.queries import charges_of, offices_of, open_in_charge_of
from unionhall.site import looking
from unionhall.site.coming_back import wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponse

LANGUAGES = dict(settings.LANGUAGES)
SIZES = {"normal": User.TextSize.NORMAL, "elder": User.TextSize.ELDER}
A_YEAR = 60 * 60 * 24 * 365
COOKIES = {
    "size": "text_size",
    "theme": "theme",
    "language": "language",
}  # cookie -> field of the login


def speak_her_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: the language of the login, else of the cookie, else Chinese.

    The browser's own list is not asked: phones sold here often say English and mean nothing by it.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        with translation.override(language):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    return respond


def language_of(request: HttpRequest) -> str:
    """One of ``settings.LANGUAGES``."""
    chosen = getattr(request.user, "language", "") or request.get_signed_cookie(
        "language", default=""
    )
    return chosen if chosen in LANGUAGES else settings.LANGUAGE_CODE


# == One press, one wish; for whoever has no login, a signed cookie ==


@public
@require_POST
def text_size(request: HttpRequest) -> HttpResponse:
    """Normal or elder."""
    return _keep(request, "size", SIZES.get(request.POST.get("size", ""), User.TextSize.NORMAL))


@public
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the system wishes."""
    wish = request.POST.get("theme", "")
    return _keep(request, "theme", wish if wish in User.Theme.values else User.Theme.SYSTEM)


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Chinese or English."""
    wish = request.POST.get("language", "")
    return _keep(request, "language", wish if wish in LANGUAGES else settings.LANGUAGE_CODE)


def _keep(request: HttpRequest, cookie: str, wish: str) -> HttpResponse:
    """In the login, and in the browser as well: the page to sign in should be large, too."""
    if isinstance(request.user, User):
        accounts.prefer(request.user, **_wishes({cookie: wish}))
    response = redirect(wanted(request))
    response.set_signed_cookie(
        cookie,
        wish,
        max_age=A_YEAR,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def keep_what_the_cookies_say(request: HttpRequest, user: User) -> None:
    """At sign-in: what she chose in this browser before, where her login says nothing else."""
    said = {cookie: request.get_signed_cookie(cookie, default="") for cookie in COOKIES}
    new = {
        cookie: wish for cookie, wish in said.items() if wish and not getattr(user, COOKIES[cookie])
    }
    if new:
        accounts.prefer(user, **_wishes(new))


def _wishes(cookies: Mapping[str, str]) -> dict[str, str]:
    return {COOKIES[cookie]: wish for cookie, wish in cookies.items()}


# == What the frames show ==


def shell(request: HttpRequest) -> dict[str, object]:
    """Context processor. Each value is a function, asked only by the frame that shows it."""
    return {
        "unread": cache(lambda: _unread(request)),
        "scope": cache(lambda: _scope(request)),
        "officer_title": cache(lambda: _officer_title(request)),
        "demo": settings.DEMO,
    }


def _unread(request: HttpRequest) -> int:
    member = member_of(request.user)
    return unread(member) if member else 0


def _scope(request: HttpRequest) -> dict[str, object] | None:
    """The part of the tree that she runs: its top, the unions below it, the people in them."""
    offices = charges_of(request.user)[:2]
    if not offices:
        return None
    unions = open_in_charge_of(request.user)
    counts = {
        "unions": counted(unions),
        "people": counted(Membership.objects.filter(left_on=None, union__in=unions)),
    }
    known, people = counts["unions"], counts["people"]
    below = known if known.is_capped else known - len(offices)
    name = "、".join(office.union.name for office in offices)
    if below > 0:
        note = translation.gettext("含下级 {unions:,} 个工会，{people:,} 人")
    else:
        note = translation.gettext("{people:,} 人")
    told = {"name": name, "note": note.format(unions=below, people=people), **counts}
    return told | {"choices": looking.choices(request), "looks_at": looking.looked_at(request)}


def _officer_title(request: HttpRequest) -> str:
    office = offices_of(request.user).order_by("union__path").first()
    return (
        translation.gettext("{name}，{union}{role}").format(
            name=request.user, union=office.union.name, role=office.get_role_display()
        )
        if office
        else str(request.user)
    )
