"""Whom a login may be: held against the roll by ID number and name, both or nothing."""

from __future__ import annotations

from enum import Enum

from unionhall.base.chinese_ids import birth_in_id, is_male_in_id
from unionhall.base.encryption import blind_indexes
from unionhall.people.accounts.models import User
from unionhall.people.members.models import ID_NUMBER, Member


class Found(Enum):
    """What came of it. Whoever does not know both, name and number, learns nothing."""

    NOBODY = "nobody"  # no such pair on any roll
    HERS = "hers"  # and the roll has the phone that she signs in with
    OTHER_PHONE = "other_phone"  # the roll has another phone, or none
    OTHER_LOGIN = "other_login"  # somebody signs in as her already
    LEFT = "left"  # on no union's roll any more


def judged_identity(user: User, *, name: str, id_number: str) -> tuple[Found, Member | None]:
    """Hold ``name`` and the canonical ``id_number`` against the roll."""
    member = with_number(id_number)
    if member is None or member.name != name:
        return Found.NOBODY, None
    if not member.memberships.filter(left_on=None).exists():
        return (
            Found.LEFT,
            member,
        )  # with whatever login: no union's roll is there to correct, she joins again
    if member.user_id not in {None, user.pk}:
        return Found.OTHER_LOGIN, member
    if member.phone == user.phone:
        return Found.HERS, member
    return Found.OTHER_PHONE, member


def with_number(id_number: str) -> Member | None:
    """The one person with this canonical number, if she is or was on any roll."""
    indexes = blind_indexes(id_number, purpose=ID_NUMBER)
    return Member.objects.filter(id_index__in=indexes).first()


def told_by_number(id_kind: str, id_number: str) -> dict[str, object]:
    """Columns of the roll that a canonical number says itself: a passport's says none."""
    if id_kind == Member.IdKind.PASSPORT or not id_number[:1].isdigit():
        return {}
    sex = Member.Sex.MALE if is_male_in_id(id_number) else Member.Sex.FEMALE
    return {"sex": sex, "born_on": birth_in_id(id_number)}
