from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from django.db import connection

from unionhall.base.invariant import Invariant
from unionhall.kernel.allotment import actions as allotment
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.site.audit import INVARIANTS, SHOWN, audit

pytestmark = pytest.mark.django_db


def test_a_house_in_order_passes(ann: Member) -> None:
    allotment.claim(allotment.open_pool(label="蛋糕券", capacity=1).pk, member=ann)
    said = io.StringIO()
    call_command("audit", stdout=said)
    assert said.getvalue().splitlines()[-1] == f"audit: {len(INVARIANTS)} of {len(INVARIANTS)} hold"
    assert "BROKEN" not in said.getvalue()


def test_an_offence_is_told_with_its_offenders(ann: Member) -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=1)
    allotment.claim(pool.pk, member=ann)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE allotment_pool SET taken = 0")
    said = io.StringIO()
    with pytest.raises(SystemExit) as ending:
        call_command("audit", stdout=said)
    assert ending.value.code == 1
    assert "BROKEN  A pool's count of what is taken is that of its live claims" in said.getvalue()
    assert f"pool {pool.pk} says 0 has 1" in said.getvalue()


def test_an_officer_without_a_second_factor_is_a_warning_and_no_offence(bo: User) -> None:
    said = io.StringIO()
    call_command("audit", stdout=said)
    assert f"warn    Every officer has a second factor\n          login {bo.pk}" in said.getvalue()


def test_one_sentence_shows_a_handful_of_offenders() -> None:
    many = Invariant("Few", lambda: map(str, range(10**9)))
    ((_sentence, offenders),) = audit([many])
    assert len(offenders) == SHOWN


def test_what_cannot_be_checked_is_broken_and_the_rest_is_checked() -> None:
    def fail() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM nowhere")
        return []

    (_first, first), (_second, second) = audit([Invariant("Broken", fail), Invariant("Fine", list)])
    assert "nowhere" in first[0]
    assert second == []


def test_what_is_sealed_or_indexed_under_a_key_that_is_lost_is_found(ann: Member, settings) -> None:
    sealed = "All that is sealed is under a key that is known."
    (invariant,) = (one for one in INVARIANTS if one.sentence == sealed)
    assert not list(invariant.offenders())
    field, index = settings.FIELD_KEYS, settings.INDEX_KEYS
    settings.FIELD_KEYS = {2: field[1]}
    assert any("members_member" in line for line in invariant.offenders())
    settings.FIELD_KEYS, settings.INDEX_KEYS = field, {2: index[1]}
    assert any("members_member" in line for line in invariant.offenders())
