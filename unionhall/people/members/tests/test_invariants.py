"""Each invariant is silent on an honest roll and names a planted offence."""

import datetime as dt

import pytest
from django.db import connection

from unionhall.people.members import invariants
from unionhall.people.members.models import Member, Membership


def offenders():
    return {rule.offenders.__name__ for rule in invariants.INVARIANTS if list(rule.offenders())}


@pytest.fixture
def honest(ann, chen):
    assert offenders() == set()
    return ann


@pytest.mark.parametrize("column", ["id_index", "phone_index", "phone_tail_index"])
def test_an_index_of_another_number(honest, column):
    Member.objects.filter(pk=honest.pk).update(**{column: "1:else"})
    assert offenders() == {"indexes_of_other_numbers"}


def test_two_live_memberships(honest, harbour2):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_live_membership")
    Membership.objects.create(member=honest, union=harbour2)
    assert offenders() == {"more_than_one_membership"}


def test_a_membership_the_wrong_way_round(honest):
    Membership.objects.filter(member=honest).update(
        joined_on=dt.date(2020, 1, 1), left_on=dt.date(2010, 1, 1)
    )
    assert offenders() == {"memberships_that_end_before_they_begin"}


def test_a_row_of_no_batch(honest):
    Member.objects.filter(pk=honest.pk).update(batch_id=987654321)
    assert offenders() == {"rows_of_no_batch"}
