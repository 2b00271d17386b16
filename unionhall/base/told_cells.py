"""Cells as the program that opens workbooks tells them, which JSON alone could not."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from unionhall.base.tables import Cell, CellError, Formula, Row


def row_of(told: list[Any]) -> Row:
    """The cells of one row."""
    return [cell_of(cell) if type(cell) is list else cell for cell in told]


def cell_of(told: Any) -> Cell:  # noqa: ANN401 — what JSON can say
    """A pair says what it is: a day, a time, an error, or a formula with its value."""
    if not isinstance(told, list):
        cell: Cell = told
        return cell
    kind, text = told[0], told[1]
    if kind == "d":
        return date.fromisoformat(text)
    if kind == "t":
        return datetime.fromisoformat(text)
    if kind == "e":
        return CellError(text)
    value = cell_of(told[2])
    return Formula(text, None if isinstance(value, Formula) else value)
