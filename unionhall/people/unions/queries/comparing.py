"""What a line of a list says otherwise than what stands in the tree, column by column."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from django.db.models import Max, Q

from unionhall.base import lookups  # noqa: F401 — any_of
from unionhall.people.unions.models import Change, Union
from unionhall.people.unions.queries.tree import Scope, with_parents
from unionhall.people.unions.rules import Standing, UnionLine

Plain: TypeAlias = str | int | bool | None
Told: TypeAlias = list[Plain]  # [column, what stood there, what the line says, entry of the former]


def standing_in(scope: Scope, lines: Collection[UnionLine]) -> dict[int, Union]:
    """Id -> every union that one of the lines may mean or hang under; each knows the one ``above`` it."""
    names = {line.name for line in lines} | {line.parent for line in lines}
    codes = {line.uscc for line in lines if line.uscc}
    meant = scope.unions().filter(Q(name__any_of=names) | Q(uscc__any_of=codes))
    return {union.pk: union for union in with_parents(meant)}


def to_match(scope: Scope, unions: Iterable[Union]) -> list[Standing]:
    """The unions as the rule that finds them by their lines wants them."""
    tops = {union.path for union in scope.top_unions()}
    return [
        Standing(
            union.pk,
            union.name,
            union.above.pk if union.above and union.path not in tops else None,
            union.above.name if union.above else "",
            union.level,
            union.uscc,
            union.path,
        )
        for union in unions
    ]


_HOLDINGS = {
    "国有控股": Union.Holding.STATE,
    "集体控股": Union.Holding.COLLECTIVE,
    "私人控股": Union.Holding.PRIVATE,
    "港澳台商控股": Union.Holding.HK_MACAO_TAIWAN,
    "外商控股": Union.Holding.FOREIGN,
    "其他": Union.Holding.OTHER,
}


def union_columns(line: UnionLine) -> dict[str, object]:
    """What the line says of the union; what it leaves blank is left alone."""
    said = {
        "name": line.name,
        "level": line.level,
        "uscc": line.uscc,
        "employer": line.employer[:120],
        "ownership": line.ownership[:40],
        "holding": _HOLDINGS.get(line.holding, Union.Holding.OTHER if line.holding else ""),
        "industry_section": line.section,
        "industry_division": line.division,
        "workers": line.workers,
        "members_reported": line.members,
        "women_workers": line.women,
        "migrant_workers": line.migrants,
        "founded_on": line.founded_on,
        "term_years": line.term_years,
        "term_ends_on": line.term_ends_on,
        "chair": line.chair[:80],
        "chair_phone": line.chair_phone,
        "pilot": line.pilot,
        "remark": line.remark[:200],
    }
    return {column: value for column, value in said.items() if value not in {None, ""}}


def said_otherwise(line: UnionLine, union: Union) -> dict[str, object]:
    """Column -> what the line says and the union does not."""
    said = union_columns(line)
    return {column: value for column, value in said.items() if getattr(union, column) != value}


def told_changes(
    union: Union, said: Mapping[str, object], sayers: Mapping[tuple[int, str], int]
) -> list[Told]:
    """The changes as a row of a list keeps them; ``sayers`` as ``who_said`` answers."""
    return [
        [
            column,
            plain(getattr(union, column)),
            plain(now),
            sayers.get((union.pk, column), union.batch_id),
        ]
        for column, now in said.items()
    ]


def who_said(unions: Collection[int]) -> dict[tuple[int, str], int]:
    """(union, column) -> the ledger entry with which the present value came, where it is not its first."""
    changes = Change.objects.filter(union__pk__any_of=unions).values("union_id", "column")
    latest = changes.annotate(entry=Max("entry_id"))
    return {(one["union_id"], one["column"]): one["entry"] for one in latest}


def plain(value: object) -> Plain:
    """As JSON can say it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)
