"""What a list's address asks for: a page by ``?page=``, and choices among what there is."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PAGE_SIZE = 50


def page_of(
    request: HttpRequest, rows: QuerySet[Any] | list[Any], size: int = PAGE_SIZE
) -> Page[Any]:
    """The page that was asked for; the nearest one when that does not exist."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def chosen_of(request: HttpRequest, name: str, known: Collection[str], *, usual: str = "") -> str:
    """What ``?name=`` asks for; of what there is none, all: an address is anybody's to type."""
    asked = request.GET.get(name, usual)
    return asked if asked in known else ""
