from __future__ import annotations

from collections import Counter

import pytest

from unionhall.site.squares import draw


@pytest.mark.parametrize(
    ("capacity", "taken", "place", "filled", "free", "own"),
    [
        (80, 0, None, 0, 80, 0),
        (80, 17, 17, 16, 63, 1),
        (80, 80, None, 80, 0, 0),
        (80, 80, 80, 79, 0, 1),
        (80, 80, 81, 80, 0, 1),
        (80, 80, 96, 80, 15, 1),
        (300, 121, None, 121, 179, 0),
        (1, 1, 1, 0, 0, 1),
    ],
)
def test_one_square_for_each_place(
    capacity: int, taken: int, place: int | None, filled: int, free: int, own: int
) -> None:
    kinds = Counter(square.kind for square in draw(capacity, taken, place).squares)
    assert (kinds["b"], kinds["hole"], kinds["a"]) == (filled, free, own)


def test_who_came_far_too_late_is_drawn_at_the_end_of_one_row() -> None:
    drawing = draw(80, 80, 1204)
    assert len(drawing.dots) == 3
    assert [square.kind for square in drawing.squares[80:]] == ["hole"] * 16 + ["a"]


@pytest.mark.parametrize(
    ("capacity", "place"), [(80, 17), (80, 96), (80, 1204), (7, 9), (300, None), (400, 401)]
)
def test_no_square_leaves_the_drawing(capacity: int, place: int | None) -> None:
    drawing = draw(capacity, capacity, place)
    assert all(-2 <= square.x <= drawing.width + 2 - square.side for square in drawing.squares)
    assert all(-2 <= square.y <= drawing.height + 2 - square.side for square in drawing.squares)


def test_no_two_squares_stand_in_one_place() -> None:
    squares = draw(80, 80, 96).squares
    assert len({(round(square.x), round(square.y)) for square in squares}) == len(squares)


@pytest.mark.parametrize(
    ("capacity", "taken", "place", "each", "squares", "filled"),
    [
        (400, 399, None, 1, 400, 399),
        (401, 4, None, 5, 81, 0),
        (6_000, 3_019, 3_019, 20, 300, 150),
        (6_000, 6_000, None, 20, 300, 300),
        (6_000, 6_000, 6_001, 20, 301, 300),
        (100_000, 99_999, None, 500, 200, 199),
    ],
)
def test_very_many_places_share_squares(
    capacity: int, taken: int, place: int | None, each: int, squares: int, filled: int
) -> None:
    drawing = draw(capacity, taken, place)
    kinds = Counter(square.kind for square in drawing.squares)
    assert (drawing.each, len(drawing.squares), kinds["b"]) == (each, squares, filled)
    assert kinds["a"] == (place is not None)
