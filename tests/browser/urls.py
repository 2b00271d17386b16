"""The product's addresses, and some that break: a mistake of ours has a page, a busy database, a full line, too many tries."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from django.db import OperationalError
from django.shortcuts import render
from django.urls import path

from unionhall.base.access import public
from unionhall.site.urls import handler400, handler500
from unionhall.site.urls import urlpatterns as product

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@public
def broken(request: HttpRequest) -> NoReturn:
    message = "as any view may, one day"
    raise RuntimeError(message)


@public
def busy(request: HttpRequest) -> NoReturn:
    message = "too many clients"
    raise OperationalError(message)


@public
def full(request: HttpRequest) -> HttpResponse:
    """As ``site.turns`` tells whoever comes when the line is full; it is no view, for it asks nothing."""
    return render(request, "503_line.html", status=503)


@public
def often(request: HttpRequest) -> HttpResponse:
    """As allauth answers whoever tries too often."""
    return render(request, "429.html", status=429)


__all__ = ["handler400", "handler500", "urlpatterns"]
urlpatterns = [
    *product,
    path("broken/", broken, name="broken"),
    path("busy/", busy, name="busy"),
    path("full/", full, name="full"),
    path("often/", often, name="often"),
]
