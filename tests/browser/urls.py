"""The product's addresses, and one that breaks: a mistake of ours has a page, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from django.urls import path

from unionhall.base.access import public
from unionhall.site import urls

if TYPE_CHECKING:
    from django.http import HttpRequest


@public
def broken(request: HttpRequest) -> NoReturn:
    message = "as any view may, one day"
    raise RuntimeError(message)


urlpatterns = [*urls.urlpatterns, path("broken/", broken, name="broken")]
