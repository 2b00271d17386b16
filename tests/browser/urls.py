"""The product's addresses, and one that breaks: a mistake of ours has a page, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

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


__all__ = ["handler400", "handler500", "urlpatterns"]
urlpatterns = [*product, path("broken/", broken, name="broken")]
