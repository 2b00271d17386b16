"""How each reader wants her pages: language, text size, light or dark; and what every frame shows."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

LANGUAGES = dict(settings.LANGUAGES)


def speak_her_language(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: the language of the login, else of the cookie, else Chinese.

    The browser's own list is not asked: phones sold here often say English and mean nothing by it.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        with translation.override(language_of(request)):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language_of(request))
        return response

    return respond


def language_of(request: HttpRequest) -> str:
    """One of ``settings.LANGUAGES``."""
    chosen = getattr(request.user, "language", "") or request.get_signed_cookie("language", default="")
    return chosen if chosen in LANGUAGES else settings.LANGUAGE_CODE


def shell(request: HttpRequest) -> dict[str, object]:
    """Context processor: what the frames of the pages show."""
    return {"demo": settings.DEMO}
