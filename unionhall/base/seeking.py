"""Rows behind a given row in whatever order a queryset has; an index on that order finds them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy

NOTHING = Q(pk__in=())


def in_total_order(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The same rows in the same order; of equal ones, the key decides."""
    return rows.order_by(*_orders(rows))


def rows_behind(rows: QuerySet[Any], key: int, *, limit: int, backwards: bool = False) -> list[Any]:
    """The first rows behind the one with this key, or with ``backwards`` before it, nearest first.

    None if that row is not among ``rows``: where a stranger's row would stand is not told, either.
    """
    orders = _orders(rows)
    if backwards:
        orders = [_reversed(one) for one in orders]
    names = [f"seek_{nth}" for nth in range(len(orders))]
    columns = {name: one.expression for name, one in zip(names, orders, strict=True)}
    known = rows.order_by().alias(**columns)
    place = known.filter(pk=key).values_list(*columns.values()).first()
    if place is None:
        return []
    behind = _behind(rows.model, orders, dict(zip(names, place, strict=True)))
    return list(known.filter(behind).order_by(*orders)[:limit])


def _orders(rows: QuerySet[Any]) -> list[OrderBy]:
    said = [_order(one) for one in rows.query.order_by]
    by_key = any(_column(one) == "pk" for one in said)
    return said if by_key else [*said, F("pk").asc()]


def _order(said: Any) -> OrderBy:  # noqa: ANN401 — a name, an expression, an order: as Django has it
    if isinstance(said, str):
        column = F(said.removeprefix("-"))
        return column.desc() if said.startswith("-") else column.asc()
    order: OrderBy = said if isinstance(said, OrderBy) else said.asc()
    return order


def _reversed(order: OrderBy) -> OrderBy:
    other = order.copy()
    other.reverse_ordering()
    return other


def _column(order: OrderBy) -> str:
    """The name of the column that it orders by; empty for any other expression."""
    return str(getattr(order.expression, "name", "")) if isinstance(order.expression, F) else ""


def _behind(model: type[Model], orders: list[OrderBy], place: dict[str, object]) -> Q:
    """Equal in the first columns and further in the next one.

    The bound on the first column says nothing new, but it is what an index can begin with.
    """
    behind, equal = NOTHING, Q()
    for order, (name, value) in zip(orders, place.items(), strict=True):
        behind |= equal & _further(order, name, value)
        equal &= Q(**{f"{name}__isnull": True} if value is None else {name: value})
    first, (name, value) = orders[0], next(iter(place.items()))
    if value is None or (_nulls_last(first) and _may_be_null(model, first)):
        return behind
    return Q(**{f"{name}__{'lte' if first.descending else 'gte'}": value}) & behind


def _further(order: OrderBy, name: str, value: object) -> Q:
    if value is None:
        return NOTHING if _nulls_last(order) else Q(**{f"{name}__isnull": False})
    further = Q(**{f"{name}__{'lt' if order.descending else 'gt'}": value})
    return further | Q(**{f"{name}__isnull": True}) if _nulls_last(order) else further


def _nulls_last(order: OrderBy) -> bool:
    """PostgreSQL holds nulls for greater than all, unless an order says otherwise."""
    return bool(order.nulls_last) or not (order.descending or order.nulls_first)


def _may_be_null(model: type[Model], order: OrderBy) -> bool:
    """Whether the column, or a row on the way to it, may be missing; yes of anything but a column."""
    try:
        for name in _column(order).split("__"):
            field = model._meta.pk if name == "pk" else model._meta.get_field(name)
            if field is None or field.null:
                return True
            model = field.related_model if field.is_relation else model  # type: ignore[assignment]
    except FieldDoesNotExist:
        return True
    return False
