from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from unionhall.base.encryption import blind_indexes
from unionhall.people.accounts.models import User
from unionhall.people.members.models import ID_NUMBER, PHONE, PHONE_TAIL, Member
from unionhall.people.unions.models import Union

PHONE_DIGITS, TAIL_DIGITS = 11, 4


def member_of(user: User | AnonymousUser) -> Member | None:
    """The person on the roll behind a login, if it is bound."""
    return Member.objects.filter(user_id=user.pk).first() if user.is_authenticated else None


def union_of(member: Member) -> Union | None:
    """Where her live membership is."""
    return Union.objects.filter(
        memberships__member=member, memberships__left_on=None
    ).first()


def within(unions: QuerySet[Union]) -> QuerySet[Member]:
    """Members with a live membership in one of these unions."""
    return Member.objects.filter(
        memberships__left_on=None, memberships__union__in=unions
    ).select_related()


def find(query: str, unions: QuerySet[Union]) -> QuerySet[Member]:
    """By a part of the name, the whole ID number, the whole phone or its last four digits."""
    text = query.strip()
    wanted = Q(name__contains=text)
    if text:
        wanted |= Q(id_index__in=blind_indexes(text.upper(), purpose=ID_NUMBER))
    if text.isdigit() and len(text) == PHONE_DIGITS:
        wanted |= Q(phone_index__in=blind_indexes(text, purpose=PHONE))
    if text.isdigit() and len(text) == TAIL_DIGITS:
        wanted |= Q(phone_tail_index__in=blind_indexes(text, purpose=PHONE_TAIL))
    return within(unions).filter(wanted)


def with_phone(phone: str) -> QuerySet[Member]:
    """Everybody on the roll with this number who is a live member somewhere."""
    return Member.objects.filter(
        phone_index__in=blind_indexes(phone, purpose=PHONE), memberships__left_on=None
    ).distinct()
