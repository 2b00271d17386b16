"""The demonstration's cast and how they sign in. Only where ``settings.DEMO`` is on."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from unionhall.base.access import public
from unionhall.base.clock import now_in_database
from unionhall.people.accounts import rules
from unionhall.people.accounts.models import User
from unionhall.people.accounts.queries import totp_code, totp_secret_of
from unionhall.site import cast


@dataclass(frozen=True)
class Player:
    """One of the cast; ``code`` is what her authenticator shows now, if she has one."""

    name: str
    phone: str
    role: object
    code: str


@public
@never_cache
def demo(request: HttpRequest) -> HttpResponse:
    """The cast, with the present codes of their authenticators."""
    if not settings.DEMO:
        raise Http404
    now = now_in_database()
    seconds = rules.STEP_SECONDS - int(now.timestamp()) % rules.STEP_SECONDS
    players = [_player(one, user, rules.step_of(now)) for one, user in players_here()]
    return render(request, "demo/cast.html", {"players": players, "seconds": seconds})


def players_here() -> list[tuple[cast.Player, User]]:
    """Those of the cast who can sign in: nobody, where the data are somebody's own."""
    found = ((one, User.objects.with_phone(one.phone).first()) for one in cast.PLAYERS)
    return [(one, user) for one, user in found if user]


def _player(one: cast.Player, user: User, step: int) -> Player:
    secret = totp_secret_of(user)
    return Player(one.name, one.phone, one.role, totp_code(secret, step) if secret else "")
