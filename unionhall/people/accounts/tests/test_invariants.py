"""Each invariant is green on good rows and names the row of each planted offence."""

from __future__ import annotations

import datetime as dt

import pytest
from allauth.mfa.models import Authenticator
from django.db.models import F

from tests.cast import a_phone
from unionhall.base.clock import now_in_database
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts import invariants
from unionhall.people.accounts.models import Arrival, Consent, Session, SignInCode, Tally, User
from unionhall.people.accounts.tests.test_actions import PRIVACY, SECRET, ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in() -> User:
    asked = ask(a_phone())
    return accounts.sign_in(asked.ask.pk, asked.code, consents=PRIVACY)


def offences() -> list[str]:
    return [line for invariant in invariants.INVARIANTS for line in invariant.offenders()]


def test_all_is_well_after_ordinary_days(signed_in: User, dee: User) -> None:
    accounts.enrol_totp_for_demo(dee, SECRET)
    assert offences() == []


def test_a_flooded_phone_is_named(signed_in: User) -> None:
    now = now_in_database()
    for _one in range(11):
        SignInCode.objects.create(
            phone="19900009999",
            phone_index="1:x",
            code_hash="",
            sent_at=now,
            expires_at=now + dt.timedelta(minutes=5),
        )
    assert [line.split()[1] for line in offences()] == ["1:x"]


def test_a_login_without_consent_is_named(signed_in: User) -> None:
    Consent.objects.all().delete()
    assert offences() == [f"user {signed_in.pk}"]


def test_a_login_that_cannot_be_found_is_named(signed_in: User) -> None:
    User.objects.update(phone_index=F("pk"))
    assert offences() == [f"user {signed_in.pk}"]


def test_an_authenticator_without_recovery_is_named(dee: User) -> None:
    accounts.enrol_totp_for_demo(dee, SECRET)
    Authenticator.objects.filter(type=Authenticator.Type.RECOVERY_CODES).delete()
    assert offences() == [f"user {dee.pk}"]


def test_what_is_kept_too_long_is_named(signed_in: User) -> None:
    old = now_in_database() - dt.timedelta(days=4)
    Session.objects.create(session_key="k", session_data="", expire_date=old)
    tally = Tally.objects.create(key="k", count=1, forget_at=old)
    SignInCode.objects.update(sent_at=old, used_at=old, expires_at=old + dt.timedelta(minutes=5))
    code = SignInCode.objects.get()
    arrival = accounts.arrive("wechat", "state")
    Arrival.objects.update(came_at=old)
    assert offences() == [
        f"code {code.pk}",
        f"arrival {arrival.pk}",
        f"tally {tally.pk}",
        "1 sessions",
    ]
    accounts.forget_old_codes()
    accounts.forget_old_arrivals()
    accounts.forget_expired_sessions()
    assert offences() == []
