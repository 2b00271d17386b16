"""What a list's address asks for: a page by ``?page=``, and choices among what there is.

A page of rows begins behind the last row of the page before (keyset: M. Winand, *SQL Performance
Explained*, ch. 7), so that the thousandth costs what the first costs. Its address has that row's
key and no value of it, for names do not belong into addresses. Of a long list nobody counts more
than ``COUNTED`` rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cached_property
from typing import Any, Self

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from unionhall.base.seeking import in_total_order, rows_behind

PAGE_SIZE = 50
COUNTED = 10_000
ASKED = re.compile(r"(?P<number>[0-9]{1,9})((?P<way>[ab])(?P<key>[0-9]{1,18}))?", re.ASCII)


def page_of(
    request: HttpRequest,
    rows: QuerySet[Any] | list[Any],
    size: int = PAGE_SIZE,
    *,
    count: Callable[[], Total] | None = None,
) -> Page[Any]:
    """The page that was asked for; the nearest one when that does not exist.

    ``count`` counts the same rows where what is quick to page through is slow to count.
    """
    asked = request.GET.get("page", "")
    if isinstance(rows, QuerySet):
        return RowsPaginator(in_total_order(rows), size, counted_by=count).at(asked)
    return Paginator(rows, size).get_page(asked)


class Total(int):
    """How many there are; more than were counted (``most``) are told as ``10,000+``."""

    most: int

    def __new__(cls, number: int, most: int | None = None) -> Self:
        """``most``: ``COUNTED`` unless said otherwise."""
        total = super().__new__(cls, number)
        total.most = COUNTED if most is None else most
        return total

    def __str__(self) -> str:
        return f"{self.most:,}+" if self.is_capped else int.__repr__(self)

    def __format__(self, how: str) -> str:
        return str(self) if self.is_capped else int.__format__(self, how)

    @property
    def is_capped(self) -> bool:
        """Whether there are more than were counted."""
        return self > self.most


def counted(rows: QuerySet[Any], *, most: int | None = None, in_order: bool = False) -> Total:
    """How many rows, up to one more than ``most`` (``COUNTED``): reads no further, however many there are.

    ``in_order``: the way of their list is the quick one to count them, too, whatever the planner
    takes for quicker.
    """
    rows = rows if in_order else rows.order_by()
    most = COUNTED if most is None else most
    return Total(rows.values("pk")[: most + 1].count(), most)


class RowsPage(Page):  # type: ignore[type-arg]  # subscripted by nobody but the checker
    """A page of rows, as Django's pages are, whose neighbours are named by the rows at its ends."""

    def __init__(
        self, rows: list[Model], number: int, paginator: RowsPaginator, *, more: bool
    ) -> None:
        super().__init__(rows, number, paginator)
        self.before, self.more = (number - 1) * paginator.per_page, more
        self.shown, self.ends = len(rows), (rows[0].pk, rows[-1].pk) if rows else (0, 0)

    def has_next(self) -> bool:
        """Whether there are rows behind the last one."""
        return self.more

    def next_page_number(self) -> str:  # type: ignore[override]  # for an address
        """What ``?page=`` says of the next: its number, and behind which row it begins."""
        return f"{self.number + 1}a{self.ends[1]}"

    def previous_page_number(self) -> str:  # type: ignore[override]  # for an address
        """The same of the one before, which ends before the first row of this one."""
        number = self.number - 1
        return f"{number}b{self.ends[0]}" if number > 1 else "1"

    def start_index(self) -> int:
        """The place of its first row in the list, from 1."""
        return self.before + min(1, self.shown)

    def end_index(self) -> int:
        """The place of its last row."""
        return self.before + self.shown


class RowsPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of a queryset in a total order."""

    object_list: QuerySet[Any]

    def __init__(
        self,
        rows: QuerySet[Any],
        per_page: int,
        *,
        counted_by: Callable[[], Total] | None = None,
    ) -> None:
        super().__init__(rows, per_page)
        self.counted_by = counted_by or (lambda: counted(rows))

    @cached_property
    def count(self) -> Total:
        """Of rows, as far as they are counted; asked for only where it is shown."""
        return self.counted_by()

    def at(self, asked: str) -> RowsPage:
        """The page that ``?page=`` asks for: ``3``, ``3a812`` (behind row 812) or ``2b763`` (before).

        A row that is gone, or was never in this list, is no place: then it is the first page.
        """
        said = ASKED.fullmatch(asked)
        if said is None:
            return self._numbered(1)
        number, key = int(said["number"]), int(said["key"] or 0)
        if said["way"] is None or number < 2:  # noqa: PLR2004 — before the second nothing is named
            return self._numbered(number)
        found = self._after(key, number) if said["way"] == "a" else self._until(key, number)
        return found or self._numbered(1)

    def _numbered(self, number: int) -> RowsPage:
        """By skipping rows, at most as many as are counted."""
        number = max(1, min(number, COUNTED // self.per_page))
        if number > 1:
            number = min(number, self.num_pages)
        first = (number - 1) * self.per_page
        rows = self.object_list[first : first + self.per_page + 1]
        return self._page(list(rows), number)

    def _after(self, key: int, number: int) -> RowsPage | None:
        rows = rows_behind(self.object_list, key, limit=self.per_page + 1)
        return self._page(rows, number) if rows else None

    def _until(self, key: int, number: int) -> RowsPage | None:
        rows = rows_behind(self.object_list, key, limit=self.per_page, backwards=True)
        is_full = len(rows) == self.per_page
        return RowsPage(rows[::-1], number, self, more=True) if is_full else None

    def _page(self, rows: list[Model], number: int) -> RowsPage:
        more = len(rows) > self.per_page
        if number == 1 and not more:
            self.count = Total(len(rows))
        return RowsPage(rows[: self.per_page], number, self, more=more)


def chosen_of(request: HttpRequest, name: str, known: Collection[str], *, usual: str = "") -> str:
    """What ``?name=`` asks for; of what there is none, all: an address is anybody's to type."""
    asked = request.GET.get(name, usual)
    return asked if asked in known else ""
