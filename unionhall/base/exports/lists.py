"""What a list declares of itself, so that it can leave the house: a name, columns, and its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db.models import Model, QuerySet

from unionhall.base.paging import counted
from unionhall.base.spreadsheets import Kind, Written
from unionhall.base.wording import Text

if TYPE_CHECKING:
    from unionhall.people.accounts.models import User

AT_A_TIME = 2000  # rows fetched by one statement
Row = TypeVar("Row")
Filters = Mapping[str, str]  # what stood in the address of the page


@dataclass(frozen=True)
class ListColumn(Generic[Row]):
    """A column that may be chosen; ``chosen`` says whether it is at first. ``width`` in characters.

    ``labels`` are the words of a choice, of which ``value`` is the key: put into the reader's
    language once for a file, which for each cell would take longer than to write it.
    """

    key: str
    heading: Text
    value: Callable[[Row], Written]
    kind: Kind = "text"
    width: float = 16
    chosen: bool = True
    labels: Iterable[tuple[object, Text]] = ()

    def reader(self) -> Callable[[Row], Written]:
        """What finds the cell of a row, for one file."""
        if not self.labels:
            return self.value
        value, words = self.value, {key: str(label) for key, label in self.labels}
        return lambda row: words.get(value(row))


@dataclass(frozen=True)
class Found(Generic[Row]):
    """What somebody may take along at this moment."""

    rows: QuerySet[Any] | Sequence[Row]
    about: Model  # what the ledger's line is about
    union_id: int
    called: str  # what the file is about, as its name says
    narrowed: str = ""  # to which part of the list, in words that may stand on paper
    # Of a queryset's rows these values by name, instead of objects: of 100,000 the making takes long.
    values: Sequence[str] = ()
    # What a queryset's rows are read with, a batch at a time, where a row alone does not say it all.
    read: Callable[[Sequence[Any]], Iterable[Row]] | None = None

    def told(self) -> int:
        """How many rows there are, as a page says it."""
        return counted(self.rows) if isinstance(self.rows, QuerySet) else len(self.rows)

    def count(self) -> int:
        """How many rows there are."""
        return self.rows.count() if isinstance(self.rows, QuerySet) else len(self.rows)

    def stream(self) -> Iterator[Row]:
        """The rows as they are now, a part of them in memory at a time."""
        if not isinstance(self.rows, QuerySet):
            return iter(self.rows)
        named = self.rows.values_list(*self.values, named=True) if self.values else self.rows
        rows = named.iterator(chunk_size=AT_A_TIME)
        return chain.from_iterable(map(self.read, _batches(rows))) if self.read else rows


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, AT_A_TIME)):
        yield batch


@dataclass(frozen=True)
class ListToExport(Generic[Row]):
    """A list of the house. ``find`` raises ``ObjectDoesNotExist`` for what is not there for this user."""

    name: str  # "members.roll": in addresses and in the ledger
    title: Text
    columns: Sequence[ListColumn[Row]]
    find: Callable[[User, Filters], Found[Row]]
    may: Callable[[User], bool]
    rows_on_a_page: int = 0  # of a list that is printed and signed by hand

    def picked(self, keys: Sequence[str]) -> list[ListColumn[Row]]:
        """The columns of these keys, in the list's own order."""
        return [column for column in self.columns if column.key in keys]
