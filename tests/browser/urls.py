"""The product's addresses, and two that break: a mistake of ours has a page, too, and a database that is busy."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from django.db import OperationalError
from django.urls import path

from unionhall.base.access import public
from unionhall.site.urls import handler400, handler500
from unionhall.site.urls import urlpatterns as product

if TYPE_CHECKING:
    from django.http import HttpRequest


@public
def broken(request: HttpRequest) -> NoReturn:
    message = "as any view may, one day"
    raise RuntimeError(message)


@public
def busy(request: HttpRequest) -> NoReturn:
    message = "too many clients"
    raise OperationalError(message)


__all__ = ["handler400", "handler500", "urlpatterns"]
urlpatterns = [*product, path("broken/", broken, name="broken"), path("busy/", busy, name="busy")]
