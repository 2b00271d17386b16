"""Who is on the roll, and where."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Count,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Substr
from django.utils import timezone

from unionhall.base.encryption import blind_indexes
from unionhall.base.phones import read_phone
from unionhall.base.strokes import order_of
from unionhall.base.written_text import to_half_width
from unionhall.people.accounts.models import User
from unionhall.people.members.models import (
    ID_NUMBER,
    PHONE,
    PHONE_TAIL,
    Member,
    Membership,
)
from unionhall.people.members.rules import AGES, Conditions, born_in
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of

TAIL_DIGITS = 4
MOST_BY_STROKES = 2_000
EVERYBODY = Conditions()


def member_of(user: User | AnonymousUser) -> Member | None:
    """The person on the roll behind a login, if it is bound."""
    return Member.objects.filter(user_id=user.pk).first() if user.is_authenticated else None


def member_and_union(user: User) -> tuple[Member | None, Union | None]:
    """Both by one statement, where she has a live membership."""
    live = Membership.objects.filter(left_on=None, member__user=user)
    membership = live.select_related("member", "union").first()
    if membership:
        return membership.member, membership.union
    return member_of(user), None


def union_of(member: Member) -> Union | None:
    """Where her live membership is."""
    membership = member.memberships.filter(left_on=None).select_related("union").first()
    return membership.union if membership else None


def within(unions: QuerySet[Union]) -> QuerySet[Member]:
    """Members with a live membership in one of these unions."""
    return Member.objects.filter(
        memberships__left_on=None, memberships__union__in=unions
    ).select_related()


def find(query: str, unions: QuerySet[Union]) -> QuerySet[Member]:
    """By a part of the name, the whole ID number, the whole phone or its last four digits."""
    return within(unions).filter(_meant(query))


def _meant(query: str, *, on: str = "") -> Q:
    """``on``: the way from the rows to the member, as ``member__``."""
    text = to_half_width(query).strip()
    wanted, phone = Q(**{f"{on}name__contains": text}), read_phone(text).value
    if text:
        wanted |= Q(**{f"{on}id_index__in": blind_indexes(text.upper(), purpose=ID_NUMBER)})
    if phone:
        wanted |= Q(**{f"{on}phone_index__in": blind_indexes(phone, purpose=PHONE)})
    if text.isdigit() and len(text) == TAIL_DIGITS:
        tails = blind_indexes(text, purpose=PHONE_TAIL)
        wanted |= Q(**{f"{on}phone_tail_index__in": tails})
    return wanted


def with_phone(phone: str) -> QuerySet[Member]:
    """Everybody on the roll with this number who is a live member somewhere."""
    return Member.objects.filter(
        phone_index__in=blind_indexes(phone, purpose=PHONE), memberships__left_on=None
    ).distinct()


def member_in_charge(user: User | AnonymousUser, member_id: int) -> Member:
    """Somebody on the roll of a union that ``user`` runs; else ``Member.DoesNotExist``."""
    return within(in_charge_of(user)).get(pk=member_id)


def roll_in(union: Union, conditions: Conditions = EVERYBODY) -> QuerySet[Membership]:
    """The live memberships of ``union`` and of all below it for which the conditions hold, by name."""
    asked = _of_person(conditions) & _of_age(conditions.ages) & _of_union(conditions)
    if conditions.standings:
        asked &= Q(standing__in=conditions.standings)
    live = live_below(union).filter(asked)
    return live.select_related("member", "union").order_by("member__name", "member_id", "pk")


def by_strokes(rows: QuerySet[Membership]) -> QuerySet[Membership] | None:
    """The same in the order of the strokes of their names, as ballots and lists of candidates stand.

    ``None`` if they are more than ``MOST_BY_STROKES``: the database has no such order, so that their names are read
    and each row gets its place. A ballot is one union's.
    """
    names = list(rows.order_by().values_list("pk", "member__name")[: MOST_BY_STROKES + 1])
    if len(names) > MOST_BY_STROKES:
        return None
    names.sort(key=lambda one: (order_of(one[1]), one[0]))
    keys = Value([pk for pk, _name in names], ArrayField(BigIntegerField()))
    place = Func(keys, F("pk"), function="array_position", output_field=IntegerField())
    return rows.order_by(place)


def roll_of(unions: QuerySet[Union], *, query: str) -> QuerySet[Membership]:
    """Whom ``find`` finds in these unions, by name."""
    live = Membership.objects.filter(_meant(query, on="member__"), left_on=None, union__in=unions)
    return live.select_related("member", "union").order_by("member__name", "member_id", "pk")


def _of_person(conditions: Conditions) -> Q:
    asked = Q()
    if conditions.query:
        asked &= _meant(conditions.query, on="member__")
    if conditions.sexes:
        asked &= Q(member__sex__in=conditions.sexes)
    if conditions.skill_grades:
        asked &= Q(member__skill_grade__in=conditions.skill_grades)
    if conditions.employments:
        asked &= Q(member__employment__in=conditions.employments)
    if conditions.front_line is not None:
        asked &= Q(member__front_line=conditions.front_line)
    if conditions.has_login is not None:
        asked &= Q(member__user__isnull=not conditions.has_login)
    return asked


def _of_age(ages: Collection[str]) -> Q:
    """Without a day of birth there is no age."""
    asked = Q()
    for born in (born_in(AGES[one], on=timezone.localdate()) for one in ages):
        span = Q(member__born_on__gt=born.after) if born.after else Q()
        if born.until:
            span &= Q(member__born_on__lte=born.until)
        asked |= span
    return asked


def _of_union(conditions: Conditions) -> Q:
    asked = Q()
    if conditions.industries:
        asked &= Q(union__industry_section__in=conditions.industries)
    if conditions.holdings:
        asked &= Q(union__holding__in=conditions.holdings)
    return asked


def live_below(union: Union) -> QuerySet[Membership]:
    """The live memberships of ``union`` and of all below it."""
    return Membership.objects.filter(left_on=None, union__path__startswith=union.path)


def people_below(union: Union) -> dict[str, int]:
    """Path -> live members, for each union right below, all of its own part of the tree counted."""
    below = live_below(union)
    branch = Substr("union__path", 1, len(union.path) + union.steplen)
    counted = below.annotate(branch=branch).values("branch").annotate(people=Count("pk"))
    return dict(counted.values_list("branch", "people"))


def memberships_of(member: Member, user: User | AnonymousUser) -> QuerySet[Membership]:
    """Where she was and is, the newest first; ``hers``: ``user`` runs that union and may see which."""
    hers = ExpressionWrapper(Q(union__in=in_charge_of(user)), output_field=BooleanField())
    return member.memberships.select_related("union").annotate(hers=hers).order_by("-pk")
