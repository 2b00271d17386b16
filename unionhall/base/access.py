"""Every route says who may read it: ``@public``, ``@signed_in`` or ``@allowed(predicate)``.

A test walks all routes and fails on one that is silent.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from unionhall.base.htmx import wants_json

type_of_view = Callable[..., HttpResponseBase]


def public(view: type_of_view) -> type_of_view:
    """Anybody may read this page."""
    view.reader = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: type_of_view) -> type_of_view:
    """Whoever is signed in may read this page; others are sent to sign in and come back."""
    return _guarded(view, "signed in", lambda _user: True)


def allowed(predicate: Callable[..., bool]) -> Callable[[type_of_view], type_of_view]:
    """Only people for whom ``predicate(user)`` holds may read this page; others get 403."""

    def decorate(view: type_of_view) -> type_of_view:
        return _guarded(view, predicate.__name__, predicate)

    return decorate


def known_by(
    find: Callable[[Mapping[str, str]], object | None],
) -> Callable[[type_of_view], type_of_view]:
    """``signed_in`` for the shortest way: ``find(cookies)`` says who calls, as ``request.caller``, or ``None``.

    Nothing else of the request is asked, so a route like this needs no middleware for sessions and logins. Who asks
    for JSON and is nobody gets 401.
    """

    def decorate(view: type_of_view) -> type_of_view:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            caller = find(request.COOKIES)
            if caller is None:
                return _unknown(request)
            request.caller = caller  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        guarded.reader = "signed in"  # type: ignore[attr-defined]
        return guarded

    return decorate


def keep_cookie(
    request: HttpRequest, response: HttpResponse, name: str, value: str, *, path: str
) -> None:
    """In this browser until it is closed, for addresses below ``path``, and for no script."""
    response.set_cookie(
        name, value, path=path, httponly=True, secure=request.is_secure(), samesite="Lax"
    )


def _unknown(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"code": "signed_out"}, status=401)
    return _ask_to_sign_in(request)


def _guarded(view: type_of_view, reader: str, predicate: Callable[..., bool]) -> type_of_view:
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _ask_to_sign_in(request)
        if not predicate(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    guarded.reader = reader  # type: ignore[attr-defined]
    return guarded


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Come back to the page that was asked for; after a form was sent, to the page it stood on."""
    back = request.get_full_path() if request.method == "GET" else "/"
    return redirect_to_login(back)
