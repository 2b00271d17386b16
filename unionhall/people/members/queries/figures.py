"""Statistics as of a day: unions by the edges that held that day, members by their memberships of that day.

A union's level, industry and holding are those of today: what they were is kept sealed, and not for ever. A standing
has two values, so that of a day is today's, turned as often as it was changed since.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.wording import Text
from unionhall.people.members.models import Membership
from unionhall.people.unions.models import Union
from unionhall.people.unions.rules import SECTIONS

Figures = dict[str, dict[str, int]]  # group: level, section, holding, standing -> key -> number

BELOW = """
    WITH RECURSIVE below AS (
        SELECT union_id AS id FROM unions_edge
        WHERE union_id = %(union)s AND since_on <= %(day)s AND (until_on IS NULL OR until_on > %(day)s)
        UNION ALL
        SELECT edge.union_id FROM unions_edge AS edge JOIN below ON edge.parent_id = below.id
        WHERE edge.since_on <= %(day)s AND (edge.until_on IS NULL OR edge.until_on > %(day)s)
    )
"""
UNIONS = """
    SELECT level::text, industry_section, holding, count(*) FROM unions_union
    WHERE id IN (SELECT id FROM below) GROUP BY 1, 2, 3
"""
MEMBERS = """
    , turned AS (
        SELECT membership_id, count(*) AS times FROM members_change
        WHERE "column" = 'standing' AND membership_id IS NOT NULL AND at >= %(behind)s GROUP BY 1
    )
    SELECT CASE WHEN coalesce(turned.times, 0) %% 2 = 0 THEN standing
            WHEN standing = 'current' THEN 'retained' ELSE 'current' END, count(*)
    FROM members_membership AS membership LEFT JOIN turned ON turned.membership_id = membership.id
    WHERE union_id IN (SELECT id FROM below)
        AND (coalesce(since_on, joined_on) IS NULL OR coalesce(since_on, joined_on) <= %(day)s)
        AND (left_on IS NULL OR left_on > %(day)s)
    GROUP BY 1
"""


def figures_of(union: Union, day: dt.date) -> Figures:
    """Of the part of the tree that stood below ``union`` on that day. Two statements."""
    behind = timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))
    given = {"union": union.pk, "day": day, "behind": behind}
    found: Figures = {"level": {}, "section": {}, "holding": {}, "standing": {}}
    with connection.cursor() as cursor:
        cursor.execute(BELOW + UNIONS, given)
        for level, section, holding, times in cursor.fetchall():
            for group, key in (("level", level), ("section", section), ("holding", holding)):
                found[group][key] = found[group].get(key, 0) + times
        cursor.execute(BELOW + MEMBERS, given)
        found["standing"] = dict(cursor.fetchall())
    return found


def total(figures: Figures, group: str) -> int:
    """All of one group."""
    return sum(figures.get(group, {}).values())


@dataclass(frozen=True)
class Line:
    """One kind, with how many there were; ``before`` on the other day, if she asked for one."""

    label: Text
    now: int
    before: int | None = None

    @property
    def more(self) -> str:
        """The difference, with its sign."""
        more = self.now - (self.before or 0)
        return f"{more:+,}" if more else "0"


def groups(now: Figures, before: Figures | None) -> Iterator[tuple[Text, list[Line]]]:
    """Each group in words with its lines, in a fixed order."""
    labels: list[tuple[str, Text, Mapping[str, Text]]] = [
        ("level", _("工会，按级别"), {str(key): label for key, label in Union.Level.choices}),
        ("section", _("工会，按行业"), {k: f"{k} {v}" for k, v in SECTIONS.items()}),
        ("holding", _("工会，按控股类型"), dict(Union.Holding.choices)),
        ("standing", _("会员，按会籍"), dict(Membership.Standing.choices)),
    ]
    for group, heading, words in labels:
        yield heading, list(_lines(group, words, now, before))


def _lines(
    group: str, words: Mapping[str, Text], now: Figures, before: Figures | None
) -> Iterator[Line]:
    here, there = now.get(group, {}), (before or {}).get(group, {})
    unsaid: dict[str, Text] = {
        key: _("没有写") for key in (here.keys() | there.keys()) - words.keys()
    }
    for key, label in ({**words, **unsaid}).items():
        if here.get(key) or there.get(key):
            yield Line(label, here.get(key, 0), there.get(key, 0) if before is not None else None)
