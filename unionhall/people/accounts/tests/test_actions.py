from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.db.models import F

from tests.cast import a_phone
from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts import rules
from unionhall.people.accounts.models import (
    Consent,
    SecondFactorGuard,
    Session,
    SignInCode,
    Tally,
    User,
)
from unionhall.people.accounts.queries import (
    has_consented,
    recovery_codes_left,
    totp_code,
    totp_secret_of,
)

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries, Settings

pytestmark = pytest.mark.django_db
PRIVACY = (Consent.Kind.PRIVACY,)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def ask(phone: str, address: str = "203.0.113.1") -> accounts.Asked:
    return accounts.ask_code(phone, asked_from=address)


def let_time_pass(by: dt.timedelta) -> None:
    """Everything that was sent was sent that much earlier."""
    SignInCode.objects.update(sent_at=F("sent_at") - by, expires_at=F("expires_at") - by)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


# == Asking ==


def test_a_code_is_six_digits_hashed_and_lives_five_minutes() -> None:
    phone = a_phone()
    asked = ask(phone)
    assert len(asked.code) == rules.CODE_DIGITS
    assert asked.code not in asked.ask.code_hash
    assert asked.ask.expires_at - asked.ask.sent_at == dt.timedelta(minutes=5)


def test_a_phone_gets_one_code_a_minute_five_an_hour_ten_a_day() -> None:
    phone = a_phone()
    sent = 0
    for _minute in range(24 * 60):
        if sent < 10:
            try:
                ask(phone)
                sent += 1
            except accounts.TooManyTries:
                let_time_pass(dt.timedelta(hours=1))
                continue
        with pytest.raises(accounts.TooManyTries):
            ask(phone)
        if sent == 10:
            break
        let_time_pass(dt.timedelta(minutes=1))
    assert sent == 10
    let_time_pass(dt.timedelta(minutes=90))
    with pytest.raises(accounts.TooManyTries) as refused:
        ask(phone)
    assert "小时后可以再发" in refused.value.next
    let_time_pass(dt.timedelta(days=1))
    ask(phone)


def test_a_factorys_one_address_is_normal_and_a_flood_is_not(settings: Settings) -> None:
    settings.SIGN_IN_CODES_PER_ADDRESS = 3
    for _one in range(3):
        ask(a_phone(), "203.0.113.7")
    with pytest.raises(accounts.TooManyTries):
        ask(a_phone(), "203.0.113.7")
    ask(a_phone(), "203.0.113.8")
    assert SignInCode.objects.count() == 4


def test_all_together_cannot_spend_more_than_the_day_allows(settings: Settings) -> None:
    settings.SIGN_IN_CODES_PER_DAY = 2
    ask(a_phone(), "203.0.113.1")
    ask(a_phone(), "203.0.113.2")
    with pytest.raises(accounts.TooManyTries) as refused:
        ask(a_phone(), "203.0.113.3")
    assert refused.value.code == "sms_budget"


def test_no_address_is_kept_in_clear() -> None:
    asked = ask(a_phone(), "203.0.113.99")
    assert "203.0.113" not in asked.ask.asked_from
    assert not Tally.objects.filter(key__contains="203.0.113").exists()


def test_asking_costs_the_same_for_known_and_unknown(
    dee: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for phone in (dee.phone, a_phone()):
        with django_assert_num_queries(
            8
        ):  # savepoint, lock, clock, pace, code, two tallies, release
            ask(phone)


def test_a_code_that_lives_longer_is_refused_by_the_database() -> None:
    asked = ask(a_phone())
    with pytest.raises(IntegrityError), transaction.atomic():
        SignInCode.objects.filter(pk=asked.ask.pk).update(
            expires_at=F("expires_at") + dt.timedelta(seconds=1)
        )


def test_old_codes_are_forgotten() -> None:
    ask(a_phone())
    assert accounts.forget_old_codes() == 0
    let_time_pass(dt.timedelta(days=3))
    Tally.objects.update(forget_at=now_in_database() - dt.timedelta(seconds=1))
    assert accounts.forget_old_codes() == 3


def test_sessions_that_ran_out_are_forgotten() -> None:
    for key, hours in (("past", -1), ("live", 1)):
        end = now_in_database() + dt.timedelta(hours=hours)
        Session.objects.create(session_key=key, session_data="", expire_date=end)
    assert accounts.forget_expired_sessions() == 1
    assert Session.objects.get().session_key == "live"


# == Signing in ==


def test_the_first_right_code_makes_the_login_and_the_second_finds_it() -> None:
    phone = a_phone()
    asked = ask(phone)
    user = accounts.sign_in(asked.ask.pk, asked.code, consents=PRIVACY)
    let_time_pass(dt.timedelta(minutes=2))
    again = ask(phone)
    assert accounts.sign_in(again.ask.pk, again.code) == user
    assert User.objects.with_phone(phone).count() == 1


def test_a_code_is_good_once() -> None:
    asked = ask(a_phone())
    accounts.sign_in(asked.ask.pk, asked.code, consents=PRIVACY)
    with pytest.raises(accounts.WrongCode):
        accounts.sign_in(asked.ask.pk, asked.code, consents=PRIVACY)


def test_a_code_is_good_for_five_minutes() -> None:
    asked = ask(a_phone())
    let_time_pass(dt.timedelta(minutes=5))
    with pytest.raises(accounts.WrongCode) as refused:
        accounts.sign_in(asked.ask.pk, asked.code, consents=PRIVACY)
    assert refused.value.code == "no_live_code"


def test_a_code_opens_only_the_ask_it_was_sent_for() -> None:
    mine, other = ask(a_phone()), ask(a_phone())
    SignInCode.objects.filter(pk=other.ask.pk).update(
        code_hash=mine.ask.code_hash
    )  # even under the same hash
    with pytest.raises(accounts.WrongCode):
        accounts.sign_in(other.ask.pk, mine.code, consents=PRIVACY)


def test_five_wrong_guesses_and_the_right_code_is_void() -> None:
    asked = ask(a_phone())
    for left in (4, 3, 2, 1):
        with pytest.raises(accounts.WrongCode) as refused:
            accounts.sign_in(asked.ask.pk, wrong(asked.code), consents=PRIVACY)
        assert f"{left} 次" in refused.value.why
    for typed in (wrong(asked.code), asked.code):
        with pytest.raises(accounts.WrongCode) as refused:
            accounts.sign_in(asked.ask.pk, typed, consents=PRIVACY)
        assert refused.value.code == "no_live_code"
    assert Entry.objects.filter(action="accounts.code_guessed_wrong").count() == 5
    assert not User.objects.exists()


@pytest.mark.parametrize("nothing", [0, 4711])
def test_without_an_ask_no_code_is_right(nothing: int) -> None:
    with pytest.raises(accounts.WrongCode):
        accounts.sign_in(nothing, "000000", consents=PRIVACY)


def test_nobody_is_let_in_without_agreeing_to_the_privacy_notice() -> None:
    asked = ask(a_phone())
    with pytest.raises(Refused) as refused:
        accounts.sign_in(asked.ask.pk, asked.code, consents=[Consent.Kind.SMS])
    assert refused.value.code == "no_consent"
    assert not User.objects.exists()


def test_a_stopped_login_stays_out(dee: User) -> None:
    User.objects.filter(pk=dee.pk).update(is_active=False)
    asked = ask(dee.phone)
    with pytest.raises(Refused) as refused:
        accounts.sign_in(asked.ask.pk, asked.code, consents=PRIVACY)
    assert refused.value.code == "account_stopped"


# == Consent and wishes ==


def test_consent_given_twice_is_one_and_a_new_text_replaces_the_old(dee: User) -> None:
    first = accounts.give_consent(dee, Consent.Kind.SMS)
    assert accounts.give_consent(dee, Consent.Kind.SMS) == first
    accounts.give_consent(dee, Consent.Kind.SMS, "2030-01")
    assert list(dee.consents.filter(withdrawn_at=None).values_list("version", flat=True)) == [
        "2030-01"
    ]
    assert Entry.objects.filter(action="accounts.consent_given").count() == 2


def test_consent_withdrawn_is_gone_and_kept_as_history(dee: User) -> None:
    accounts.give_consent(dee, Consent.Kind.WINNERS)
    accounts.withdraw_consent(dee, Consent.Kind.WINNERS)
    accounts.withdraw_consent(dee, Consent.Kind.WINNERS)
    assert not has_consented(dee, Consent.Kind.WINNERS)
    assert dee.consents.count() == 1
    assert Entry.objects.filter(action="accounts.consent_withdrawn").count() == 1


def test_a_wish_changes_only_what_was_wished(dee: User) -> None:
    accounts.prefer(dee, text_size="elder", language="en")
    accounts.choose_more_time(dee, more_time=True)
    dee.refresh_from_db()
    assert (dee.text_size, dee.language, dee.theme, dee.more_time) == ("elder", "en", "", True)


# == Second factor ==


def code_now(step: int = 0) -> str:
    return totp_code(SECRET, rules.step_of(now_in_database()) + step)


def wrong_totp() -> str:
    right = {code_now(step) for step in (-2, -1, 0, 1, 2)}
    return next(f"{number:06}" for number in range(10) if f"{number:06}" not in right)


def test_enrolling_needs_the_present_code_and_gives_ten_recovery_codes(dee: User) -> None:
    with pytest.raises(accounts.WrongCode):
        accounts.enrol_totp(dee, secret=SECRET, code=wrong_totp())
    codes = accounts.enrol_totp(dee, secret=SECRET, code=code_now())
    assert len(set(codes)) == 10
    assert totp_secret_of(dee) == SECRET
    assert SECRET not in str(Authenticator.objects.get(user=dee, type="totp").data)


def test_the_code_that_enrolled_opens_nothing_more(dee: User) -> None:
    code = code_now()
    accounts.enrol_totp(dee, secret=SECRET, code=code)
    with pytest.raises(accounts.WrongCode):
        accounts.pass_second_factor(dee, code)


def test_a_step_is_used_once_and_no_earlier_one_after_it(dee: User) -> None:
    accounts.enrol_totp_for_demo(dee, SECRET)
    earlier, now = code_now(-1), code_now()
    accounts.pass_second_factor(dee, now)
    for used in (now, earlier):
        with pytest.raises(accounts.WrongCode):
            accounts.pass_second_factor(dee, used)
    accounts.pass_second_factor(dee, code_now(1))


def test_a_recovery_code_is_good_once(dee: User) -> None:
    codes = accounts.enrol_totp(dee, secret=SECRET, code=code_now())
    accounts.pass_second_factor(dee, codes[3])
    assert recovery_codes_left(dee) == 9
    with pytest.raises(accounts.WrongCode):
        accounts.pass_second_factor(dee, codes[3])


def test_new_recovery_codes_void_the_old(dee: User) -> None:
    old = accounts.enrol_totp(dee, secret=SECRET, code=code_now())
    new = accounts.renew_recovery_codes(dee)
    with pytest.raises(accounts.WrongCode):
        accounts.pass_second_factor(dee, old[0])
    accounts.pass_second_factor(dee, new[0])


def test_five_wrong_ones_and_the_right_one_must_wait_a_quarter_of_an_hour(dee: User) -> None:
    accounts.enrol_totp_for_demo(dee, SECRET)
    for _guess in range(5):
        with pytest.raises(accounts.WrongCode):
            accounts.pass_second_factor(dee, wrong_totp())
    with pytest.raises(accounts.TooManyTries):
        accounts.pass_second_factor(dee, code_now())
    SecondFactorGuard.objects.update(refills_at=now_in_database())
    accounts.pass_second_factor(dee, code_now())
    guard = SecondFactorGuard.objects.get(user=dee)
    assert (guard.tries_left, guard.refills_at) == (5, None)


def test_who_has_no_authenticator_passes_with_nothing(dee: User) -> None:
    for code in ("000000", "00000000"):
        with pytest.raises(accounts.WrongCode):
            accounts.pass_second_factor(dee, code)


def test_a_dropped_factor_is_enrolled_anew(dee: User, eve: User) -> None:
    accounts.enrol_totp_for_demo(dee, SECRET)
    accounts.drop_second_factor(dee, by=eve)
    with pytest.raises(accounts.WrongCode):
        accounts.pass_second_factor(dee, code_now())
    assert Entry.objects.filter(action="accounts.second_factor_dropped", by_id=eve.pk).exists()
