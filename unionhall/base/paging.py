"""Pages of a list, by ``?page=``."""

from __future__ import annotations

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
