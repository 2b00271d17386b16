"""Who is on the roll, and where."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Substr

from unionhall.base.encryption import blind_indexes
from unionhall.base.phones import read_phone
from unionhall.base.written_text import to_half_width
from unionhall.people.accounts.models import User
from unionhall.people.members.models import (
    ID_NUMBER,
    PHONE,
    PHONE_TAIL,
    Member,
    Membership,
)
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of

TAIL_DIGITS = 4


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
    text = to_half_width(query).strip()
    wanted, phone = Q(name__contains=text), read_phone(text).value
    if text:
        wanted |= Q(id_index__in=blind_indexes(text.upper(), purpose=ID_NUMBER))
    if phone:
        wanted |= Q(phone_index__in=blind_indexes(phone, purpose=PHONE))
    if text.isdigit() and len(text) == TAIL_DIGITS:
        wanted |= Q(phone_tail_index__in=blind_indexes(text, purpose=PHONE_TAIL))
    return within(unions).filter(wanted)


def with_phone(phone: str) -> QuerySet[Member]:
    """Everybody on the roll with this number who is a live member somewhere."""
    return Member.objects.filter(
        phone_index__in=blind_indexes(phone, purpose=PHONE), memberships__left_on=None
    ).distinct()


def member_in_charge(user: User | AnonymousUser, member_id: int) -> Member:
    """Somebody on the roll of a union that ``user`` runs; else ``Member.DoesNotExist``."""
    return within(in_charge_of(user)).get(pk=member_id)


def roll_of(
    unions: QuerySet[Union],
    *,
    query: str = "",
    standing: str = "",
    skill_grade: int | None = None,
    front_line: bool | None = None,
) -> QuerySet[Membership]:
    """The live memberships in these unions, by name; ``query`` as ``find`` understands it."""
    live = Membership.objects.filter(left_on=None, union__in=unions)
    if query:
        live = live.filter(member__in=find(query, unions).values("pk"))
    if standing:
        live = live.filter(standing=standing)
    if skill_grade:
        live = live.filter(member__skill_grade=skill_grade)
    if front_line is not None:
        live = live.filter(member__front_line=front_line)
    return live.select_related("member", "union").order_by("member__name", "member_id", "pk")


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
