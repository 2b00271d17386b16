"""One person on the roll: admit, bind a login, unmask."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from unionhall.base.encryption import blind_index
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.locks import hold_open, hold_people
from unionhall.people.members.models import ID_NUMBER, PHONE, PHONE_TAIL, Member, Membership
from unionhall.people.members.queries import member_of, with_phone
from unionhall.people.unions.models import Union


@transaction.atomic
def admit(
    name: str,
    *,
    union: Union,
    id_kind: str,
    id_number: str,
    phone: str = "",
    standing: str = Membership.Standing.CURRENT,
    joined_on: dt.date | None = None,
    by: User | None = None,
    **facts: Any,  # noqa: ANN401 — the other columns of Member
) -> Member:
    """Enter a person on the roll of ``union``."""
    hold_open(union)
    member = Member.objects.create(
        name=name, id_kind=id_kind, id_number=id_number, **indexes(id_number, phone), **facts
    )
    Membership.objects.create(member=member, union=union, standing=standing, joined_on=joined_on)
    ledger.record("members.member_admitted", member, by=by, union_id=union.pk)
    return member


def indexes(id_number: str, phone: str) -> dict[str, str | None]:
    """The phone and all blind indexes of a person, ready for the columns."""
    return {"id_index": blind_index(id_number, purpose=ID_NUMBER), **phone_columns(phone)}


def phone_columns(phone: str) -> dict[str, str | None]:
    """A phone with the blind indexes under which it is found."""
    return {
        "phone": phone or None,
        "phone_index": blind_index(phone, purpose=PHONE) if phone else "",
        "phone_tail_index": blind_index(phone[-4:], purpose=PHONE_TAIL) if phone else "",
    }


@transaction.atomic
def bind_login(user: User) -> Member | None:
    """Bind a fresh login to the one person on the roll who has its phone; several are nobody."""
    bound = member_of(user)
    if bound:
        return bound
    member = _only_one_with(user.phone)
    if member is None or not Member.objects.filter(pk=member.pk, user=None).update(user=user):
        return None
    ledger.record("members.login_bound", member, by=user)
    return Member.objects.get(pk=member.pk)


def _only_one_with(phone: str) -> Member | None:
    """Looked for again once she is held: an import that wrote the number may be put back meanwhile."""
    people = list(with_phone(phone)[:2])
    if len(people) != 1:
        return None
    hold_people([people[0].pk])
    return people[0] if list(with_phone(phone)[:2]) == people else None


@transaction.atomic
def unbind_login(member: Member) -> None:
    """Her account is closed; on the roll she stays, as somebody who has never signed in."""
    Member.objects.filter(pk=member.pk).update(user=None)
    ledger.record("members.login_unbound", member)


@transaction.atomic
def unmask(member: Member, *, field: str, by: User) -> str:
    """One value in clear, ``phone`` or ``id_number``; who looked is on the ledger."""
    union_id = member.memberships.filter(left_on=None).values_list("union_id", flat=True).first()
    ledger.record("members.value_unmasked", member, by=by, union_id=union_id, field=field)
    return {"phone": member.phone, "id_number": member.id_number}[field] or ""
