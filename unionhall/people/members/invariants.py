from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from unionhall.base.encryption import blind_indexes
from unionhall.base.invariant import Invariant
from unionhall.people.members.models import ID_NUMBER, PHONE, PHONE_TAIL, Member

TAIL = 4


def indexes_of_other_numbers() -> Iterator[str]:
    """Members whose blind indexes are not those of their numbers: they could not be found."""
    for member in Member.objects.only(
        "id_number", "id_index", "phone", "phone_index", "phone_tail_index"
    ).iterator():
        if not _indexes_fit(member):
            yield f"member {member.pk}"


def _indexes_fit(member: Member) -> bool:
    phone = member.phone or ""
    return (
        member.id_index in blind_indexes(member.id_number, purpose=ID_NUMBER)
        and member.phone_index in (blind_indexes(phone, purpose=PHONE) if phone else [""])
        and member.phone_tail_index
        in (blind_indexes(phone[-TAIL:], purpose=PHONE_TAIL) if phone else [""])
    )


def _sql(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [" ".join(str(value) for value in row) for row in cursor.fetchall()]


def more_than_one_membership() -> list[str]:
    """Members with two live memberships; a constraint stands before it."""
    return _sql(
        """
        SELECT 'member', member_id, 'in', count(*) FROM members_membership
        WHERE left_on IS NULL GROUP BY member_id HAVING count(*) > 1
        """
    )


def memberships_that_end_before_they_begin() -> list[str]:
    """Memberships whose dates are the wrong way round."""
    return _sql("SELECT 'membership', id FROM members_membership WHERE left_on < joined_on")


def rows_of_no_batch() -> list[str]:
    """Members who came with an import that the ledger does not know."""
    return _sql(
        """
        SELECT 'member', member.id, 'of batch', batch_id FROM members_member member
        WHERE batch_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ledger_entry WHERE id = batch_id)
        """
    )


INVARIANTS = [
    Invariant("A member's blind indexes are those of her numbers.", indexes_of_other_numbers),
    Invariant("A person has at most one live membership.", more_than_one_membership),
    Invariant("A membership ends after it begins.", memberships_that_end_before_they_begin),
    Invariant("A row that came with an import names a batch of the ledger.", rows_of_no_batch),
]
