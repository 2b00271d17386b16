"""The drawing of scarce things: one square each, so that anybody can count them; of very many, so many a square."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PITCH = 17  # from one square to the next
SIDE = 14
GAP = 12  # between the places there are and those who came too late
MOST_ROWS_BELOW = 3
MANY = 200  # from here on a row is twice as long
MOST = 400  # squares; more places than that share them
SHARED = (5, 10, 20, 50, 100, 200, 500, 1000)  # places that one square may stand for


@dataclass(frozen=True)
class Square:
    """``kind`` is its class in ui.css: ``b`` given out, ``hole`` free, ``a`` one's own."""

    kind: str
    x: float
    y: float
    side: float
    corner: int


@dataclass(frozen=True)
class Drawing:
    """A ground of ``width`` × ``height``; ``dots`` stand for what is not drawn one by one.

    ``each`` says how many places a square stands for; it is filled when all of them are given out.
    """

    squares: tuple[Square, ...]
    dots: tuple[tuple[float, float], ...]
    width: int
    height: int
    each: int = 1


def draw(capacity: int, taken: int, place: int | None = None, *, columns: int = 0) -> Drawing:
    """Lay out ``capacity`` squares, the first ``taken`` filled, and the reader's own ``place``.

    A place beyond the capacity is drawn below, behind the others who came too late.
    """
    each = _shared(capacity)
    if each > 1:
        late = place is not None and place > capacity
        whole = -(-capacity // each)
        own = None if place is None else whole * late - (-(place - capacity * late) // each)
        given = whole if taken >= capacity else taken // each
        return replace(_one_by_one(whole, given, own, columns), each=each)
    return _one_by_one(capacity, taken, place, columns)


def _shared(capacity: int) -> int:
    if capacity <= MOST:
        return 1
    return next((each for each in SHARED if capacity <= each * MOST), SHARED[-1])


def _one_by_one(capacity: int, taken: int, place: int | None, columns: int) -> Drawing:
    columns = columns or (40 if capacity > MANY else 20)
    rows = -(-capacity // columns)
    squares = [
        _square(_kind(number, taken, place), *_at(number, columns))
        for number in range(1, capacity + 1)
    ]
    height = rows * PITCH - (PITCH - SIDE)
    dots: list[tuple[float, float]] = []
    if place is not None and place > capacity:
        top = rows * PITCH + GAP
        squares += _late(place - capacity, columns, top, dots)
        height = int(squares[-1].y) + SIDE + 2
    return Drawing(tuple(squares), tuple(dots), columns * PITCH - (PITCH - SIDE), height)


def _late(behind: int, columns: int, top: int, dots: list[tuple[float, float]]) -> Iterator[Square]:
    """Squares of those who passed after the last prize, one's own at the end."""
    shown = behind
    if behind > MOST_ROWS_BELOW * columns:
        shown = columns
        dots += [(index * PITCH + SIDE / 2, top + SIDE / 2) for index in range(3)]
    for number in range(len(dots) + 1, shown + 1):
        x, y = _at(number, columns)
        yield _square("a" if number == shown else "hole", x, y + top)


def _at(number: int, columns: int) -> tuple[int, int]:
    row, column = divmod(number - 1, columns)
    return column * PITCH, row * PITCH


def _kind(number: int, taken: int, place: int | None) -> str:
    if number == place:
        return "a"
    return "b" if number <= taken else "hole"


def _square(kind: str, x: float, y: float) -> Square:
    """One's own is larger, not only red; a free one keeps its edge inside."""
    if kind == "a":
        return Square(kind, x - 2, y - 2, SIDE + 4, 4)
    if kind == "hole":
        return Square(kind, x + 0.75, y + 0.75, SIDE - 1.5, 3)
    return Square(kind, x, y, SIDE, 3)
