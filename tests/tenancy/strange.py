"""Fields that nobody asked for: every column of every table, sent along to whatever writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.apps import apps
from django.db import models

from tests.tenancy.asking import Sent
from tests.tenancy.town import NUMBER, Town

STRANGE_NUMBER, STRANGE_TEXT, STRANGE_DAY = 7_654_321, "塞进来的字", dt.date(2001, 2, 3)


def strange_fields(town: Town, union: str) -> dict[str, object]:
    """Every column's name, and what nobody would send there; a row of ``union`` where one is meant."""
    found: dict[str, object] = {}
    tables = {
        model._meta.db_table: model
        for model in apps.get_models()
        if model.__module__.startswith("unionhall.")
    }
    for model in tables.values():
        for column in model._meta.concrete_fields:
            value: object = STRANGE_TEXT
            if isinstance(column, models.ForeignKey):
                value = foreign_row(town, union, column.related_model._meta.db_table)
            elif isinstance(column, models.BooleanField):
                value = True
            elif isinstance(column, models.IntegerField):
                value = STRANGE_NUMBER
            elif isinstance(column, models.DateField):
                value = STRANGE_DAY.isoformat()
            found[column.name] = found[column.attname] = value
    return found


def foreign_row(town: Town, union: str, table: str) -> int:
    numbers = town.numbers
    if table == "unions_union":
        return town.worlds[union].union.pk
    return numbers.ends[union][table] - 1 if table in numbers.tables else STRANGE_NUMBER


def with_fields(sent: Sent, extra: Mapping[str, object]) -> Sent:
    """The same and more: in the query, in the form, on the top of the body and in each of its parts."""
    if sent.form is not None:
        named = {name for name, _value in sent.form}
        more = [(name, str(value)) for name, value in extra.items() if name not in named]
        return replace(sent, form=[*sent.form, *more])
    return replace(sent, json=stuffed_json(sent.json, extra))


def stuffed_json(body: Any, extra: Mapping[str, object]) -> Any:
    return {**extra, **body} if isinstance(body, dict) else dict(extra)


def strange_in(params: Any, extra: Mapping[str, object], sent: Sent) -> str:
    """A value that only the strange fields had, among what a statement writes."""
    told = repr(params)
    for word in (str(STRANGE_NUMBER), STRANGE_TEXT, STRANGE_DAY.isoformat(), repr(STRANGE_DAY)):
        if word in told:
            return word
    asked = set(NUMBER.findall(sent.told()))
    foreign = {
        str(value) for value in extra.values() if isinstance(value, int) and value > STRANGE_NUMBER
    }
    return next((number for number in sorted(foreign - asked) if number in told), "")


def is_session(sql: str) -> bool:
    return "accounts_session" in sql or "accounts_cache" in sql
