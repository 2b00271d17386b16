"""One reading of an audience: ``members``. The yes-or-no and the list cannot disagree."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Sequence

from django.db import connection
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from unionhall.base.paging import Total, counted
from unionhall.kernel.audience.rules import Audience
from unionhall.people.members.models import Member, Membership
from unionhall.people.unions.models import Union

NOBODY = Q(pk__in=())
# A membership that is there: asked of a column that its index has.
LIVE = Q(memberships__left_on=None, memberships__union__isnull=False)


def members(audience: Audience) -> QuerySet[Member]:
    """Everybody in the audience, each once, in no order."""
    paths = Union.objects.values_list("path", flat=True)
    return _members(audience, paths.filter(pk=audience.under_union).first())


def how_many(audience: Audience) -> Total:
    """As many as ``members`` has, counted as far as lists are.

    Whom only her place in the tree decides about is counted by her membership: one table less to walk.
    """
    if _of_member(audience) or audience.also or audience.except_:
        return counted(members(audience))
    path = Union.objects.values_list("path", flat=True).filter(pk=audience.under_union).first()
    here = _of_membership(audience, path, by="")
    return counted(Membership.objects.filter(here, left_on=None, union__isnull=False))


def includes(audience: Audience, member: Member) -> bool:
    """Whether ``member`` is in the audience now: one statement, written once for each audience."""
    sql, said = _asked(audience)
    with connection.cursor() as cursor:
        cursor.execute(sql, [member.pk if one == SOMEBODY else one for one in said])
        return cursor.fetchone() is not None


SOMEBODY = -1  # stands in for whoever is asked about: no member has this key


@functools.lru_cache(maxsize=1000)
def _asked(audience: Audience) -> tuple[str, tuple[str | int, ...]]:
    """Where the union stands in the tree is looked up by the statement itself, each time."""
    path = Union.objects.filter(pk=audience.under_union).values("path")
    one = _members(audience, Subquery(path)).filter(pk=SOMEBODY)
    sql, said = one.query.exists().sql_with_params()
    return sql, said


def _members(audience: Audience, path: str | Subquery | None) -> QuerySet[Member]:
    """By one join: nobody has two live memberships, so that it doubles nobody."""
    named = _of_membership(audience, path) & _of_member(audience)
    if audience.also and named:  # of everybody, nobody is left to be added
        named |= Q(pk__in=audience.also)
    live = Member.objects.filter(named & LIVE)
    return live.exclude(pk__in=audience.except_) if audience.except_ else live


def including(audiences: Iterable[Audience], member: Member) -> set[Audience]:
    """Those that ``member`` is in now, by two statements however many they are."""
    asked = set(audiences)
    hers = Membership.objects.filter(
        member=member, left_on=None, union__path__startswith=OuterRef("path")
    )
    above = Union.objects.filter(pk__in=[one.under_union for one in asked if one.under_union])
    near = set(above.filter(Exists(hers)).values_list("pk", flat=True))
    return now_including(asked, member, near=near)


AT_ONCE = 200  # audiences that one statement asks for


def now_including(
    audiences: Iterable[Audience], member: Member, *, near: Collection[int]
) -> set[Audience]:
    """Those that ``member`` is in, of whose union and those above it ``near`` has the ids: by one statement.

    Where she is in the tree is known by then, so only her traits are asked, all on her one row, by the
    conditions that ``members`` uses.
    """
    possible = [one for one in dict.fromkeys(audiences) if member.pk not in one.except_]
    if not possible:
        return set()
    named = {one for one in possible if member.pk in one.also}
    here = [
        one
        for one in possible
        if one not in named and (one.under_union is None or one.under_union in near)
    ]
    found = [_fitting(here[at : at + AT_ONCE], member) for at in range(0, len(here) or 1, AT_ONCE)]
    fitting = [one for one in found if one is not None]
    return named.union(*fitting) if len(fitting) == len(found) else set()


def _fitting(audiences: Sequence[Audience], member: Member) -> set[Audience] | None:
    """Those whose traits she has; ``None``: she is a member nowhere."""
    sql, said, asked = _traits_asked(tuple(audiences))
    with connection.cursor() as cursor:
        cursor.execute(sql, [member.pk if one == SOMEBODY else one for one in said])
        row = cursor.fetchone()
    if row is None:
        return None
    has = dict(zip(asked, row[1:], strict=True))
    return {one for nth, one in enumerate(audiences) if has.get(nth, True)}


@functools.lru_cache(maxsize=1000)
def _traits_asked(
    audiences: tuple[Audience, ...],
) -> tuple[str, tuple[str | int, ...], tuple[int, ...]]:
    """Written once for those that are asked together, with the places of those that ask for any trait."""
    asked = {
        nth: Case(When(traits, then=True), default=False)
        for nth, audience in enumerate(audiences)
        if (traits := _of_standing(audience) & _of_member(audience))
    }
    named = {f"has_{nth}": case for nth, case in asked.items()}
    live = Member.objects.filter(LIVE, pk=SOMEBODY).annotate(**named)
    sql, said = live.values_list("pk", *named)[:1].query.sql_with_params()
    return sql, said, tuple(asked)


BY_MEMBER = "memberships__"  # how a member's conditions name her membership


def _of_membership(audience: Audience, path: str | Subquery | None, *, by: str = BY_MEMBER) -> Q:
    rule = _of_standing(audience, by=by)
    if audience.under_union is not None:
        rule &= Q((f"{by}union__path__startswith", path)) if path else NOBODY
    return rule


def _of_standing(audience: Audience, *, by: str = BY_MEMBER) -> Q:
    rule = Q()
    if audience.standings:
        rule &= Q((f"{by}standing__in", audience.standings))
    if audience.joined_before is not None:
        rule &= Q((f"{by}joined_on__lt", audience.joined_before))
    return rule


def _of_member(audience: Audience) -> Q:
    rule = Q()
    if audience.sexes:
        rule &= Q(sex__in=audience.sexes)
    if audience.employments:
        rule &= Q(employment__in=audience.employments)
    if audience.front_line is not None:
        rule &= Q(front_line=audience.front_line)
    if audience.min_skill_grade is not None:
        rule &= Q(skill_grade__gte=audience.min_skill_grade)
    return rule


def describe(audience: Audience) -> str:
    """In words, as an officer and every reader may check it: “七号厂工会及下级工会的会员，女，一线职工，另加 3 人”."""
    parts = [_whose_members(audience), *_traits(audience)]
    if audience.also:
        count = len(audience.also)
        parts.append(ngettext("另加 %(count)s 人", "另加 %(count)s 人", count) % {"count": count})
    if audience.except_:
        count = len(audience.except_)
        parts.append(ngettext("除去 %(count)s 人", "除去 %(count)s 人", count) % {"count": count})
    return _("，").join(parts)


def _whose_members(audience: Audience) -> str:
    if audience.under_union is None:
        return _("全体会员")
    name = Union.objects.values_list("name", flat=True).filter(pk=audience.under_union).first()
    return (
        _("%(union)s及下级工会的会员") % {"union": name}
        if name
        else _("一个已经撤销的工会的会员（没有人）")
    )


def _traits(audience: Audience) -> list[str]:
    traits = [
        _either(audience.standings, dict(Membership.Standing.choices)),
        _either(audience.sexes, dict(Member.Sex.choices)),
        _either(audience.employments, dict(Member.Employment.choices)),
    ]
    if audience.front_line is not None:
        traits.append(_("一线职工") if audience.front_line else _("不是一线职工"))
    if audience.min_skill_grade is not None:
        traits.append(
            _("%(grade)s及以上") % {"grade": Member.SkillGrade(audience.min_skill_grade).label}
        )
    if audience.joined_before is not None:
        day = formats.date_format(audience.joined_before, "DATE_FORMAT")
        traits.append(_("%(day)s之前入会") % {"day": day})
    return [trait for trait in traits if trait]


def _either(values: tuple[str, ...], labels: dict[str, str | Promise]) -> str:
    return _("或").join(str(labels.get(value, value)) for value in values)
