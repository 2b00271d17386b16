"""People as tests and benches make them: a login, a member, a crowd. Nobody of them exists."""

from __future__ import annotations

import datetime as dt
import itertools

from unionhall.base.chinese_ids import made_up_id
from unionhall.people.accounts.models import User
from unionhall.people.members import actions as roll
from unionhall.people.members.models import Member
from unionhall.people.unions.models import Union

LONG_AGO = dt.date(1990, 5, 20)
_serial = itertools.count(1)


def a_phone() -> str:
    """A number nobody else has, of the range that is given to nobody."""
    return f"199{next(_serial):08}"


def a_login(name: str, phone: str | None = None) -> User:
    """Somebody who can sign in."""
    return User.objects.create_user(phone or a_phone(), name=name)


def a_member(name: str, union: Union, *, user: User | None = None) -> Member:
    """A person on the roll of ``union``."""
    return roll.admit(
        name,
        union=union,
        id_kind=Member.IdKind.RESIDENT,
        id_number=made_up_id(born=LONG_AGO + dt.timedelta(days=next(_serial)), sequence=101),
        phone=user.phone if user else a_phone(),
        user=user,
        sex=Member.Sex.FEMALE,
        born_on=LONG_AGO,
    )


def many_members(count: int, union: Union) -> list[Member]:
    """A crowd for the rush."""
    return [a_member(f"人{number}", union) for number in range(count)]
