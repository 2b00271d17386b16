"""A form that came without its token: nothing typed is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused, as_json
from unionhall.base.htmx import wants_json

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

API = "/api/"
NOT_TYPED = {"", "on"}  # an empty field; a ticked box
NEVER_SHOWN_AGAIN = ("csrf", "password", "code", "token", "id_number")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 — Django's face
    """403: the form was too old or its cookie is gone. What was typed can be sent again.

    Only when the browser says that the form came from this very site: nobody else's page may
    fill in ours and ask the reader to press a button.
    """
    if wants_json(request) or request.path.startswith(API):
        why = _("这一页开着太久，凭证对不上了。")
        no = Refused(_("没办成。"), why=why, next=_("刷新这一页，再点一次。"), code="csrf")
        return JsonResponse(as_json(no), status=403)
    kept = _kept(request) if _came_from_here(request) else []
    context = {
        "kept": kept,
        "typed": [value for name, value in kept if value not in NOT_TYPED and name != "next"],
        "why": _("这一页开着太久，或者刚换过账号，浏览器带来的凭证对不上了。"),
    }
    return render(request, "403_csrf.html", context, status=403)


def _came_from_here(request: HttpRequest) -> bool:
    """By ``Origin``, which a page cannot forge, or ``Referer`` where a browser sends none."""
    sender = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(sender).netloc == request.get_host()


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """What may be shown and sent again: no passwords, no codes."""
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        if not any(word in name.lower() for word in NEVER_SHOWN_AGAIN)
        for value in values
    ]
