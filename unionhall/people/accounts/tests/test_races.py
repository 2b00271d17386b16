"""Real threads against real rows: how often something was tried is counted right, however many try at once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import connection

from tests.cast import a_login, a_phone
from unionhall.base.errors import Refused
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts import rules
from unionhall.people.accounts.models import SecondFactorGuard, SignInCode, User
from unionhall.people.accounts.queries import recovery_codes_left
from unionhall.people.accounts.tests.test_actions import (
    PRIVACY,
    SECRET,
    ask,
    code_now,
    let_time_pass,
    wrong,
    wrong_totp,
)

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 20


def outcomes(deeds: list[Callable[[], object]]) -> Counter[str]:
    """Do all of them, twenty at a time, each wave starting together; how each ended, by its code."""
    gate = Barrier(AT_ONCE)

    def do(deed: Callable[[], object]) -> str:
        gate.wait(timeout=30)
        try:
            deed()
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(do, deeds))


def test_two_hundred_guesses_at_once_count_as_two_hundred() -> None:
    asked = ask(a_phone())
    compared = outcomes(
        [lambda: accounts.sign_in(asked.ask.pk, wrong(asked.code), consents=PRIVACY)] * 200
    )
    assert SignInCode.objects.get(pk=asked.ask.pk).guesses_left == 0
    assert compared["done"] == 0
    with pytest.raises(accounts.WrongCode):
        accounts.sign_in(asked.ask.pk, asked.code, consents=PRIVACY)


def test_the_right_code_among_two_hundred_guesses_has_five_chances() -> None:
    """Guess all of a range that holds the right code at place 100: only five of the two hundred are compared."""
    asked = ask(a_phone())
    start = int(asked.code) + 10**6 - 100
    guesses = [f"{(start + offset) % 10**6:06}" for offset in range(200)]
    told = outcomes(
        [
            lambda typed=typed: accounts.sign_in(asked.ask.pk, typed, consents=PRIVACY)
            for typed in guesses
        ]
    )  # type: ignore[misc]
    assert told["done"] + told["wrong_code"] + 1 >= rules.GUESSES
    assert told["done"] + told["wrong_code"] <= rules.GUESSES
    assert told["no_live_code"] >= 200 - rules.GUESSES


def test_counting_by_reading_first_would_compare_more_than_five() -> None:
    """The control: the same guesses against a count that is read, compared and written."""
    asked = ask(a_phone())
    gate, compared = Barrier(AT_ONCE), []

    def guess(_number: int) -> None:
        left = SignInCode.objects.get(pk=asked.ask.pk).guesses_left
        gate.wait(timeout=30)
        if left > 0:
            compared.append(left)
            SignInCode.objects.filter(pk=asked.ask.pk).update(guesses_left=left - 1)
        connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(guess, range(AT_ONCE)))
    assert len(compared) > rules.GUESSES


def test_the_right_code_sent_twenty_times_lets_in_once() -> None:
    asked = ask(a_phone())
    told = outcomes(
        [lambda: accounts.sign_in(asked.ask.pk, asked.code, consents=PRIVACY)] * AT_ONCE
    )
    assert told == {"done": 1, "no_live_code": AT_ONCE - 1}


def test_two_first_sign_ins_of_one_phone_make_one_login() -> None:
    phone = a_phone()
    asks = [ask(phone)]
    while len(asks) < 5:
        let_time_pass(dt.timedelta(minutes=1))
        asks.append(ask(phone))
    deeds = [
        lambda one=one: accounts.sign_in(one.ask.pk, one.code, consents=PRIVACY) for one in asks
    ] * 4
    assert outcomes(deeds)["done"] == 5  # type: ignore[arg-type]
    assert User.objects.with_phone(phone).count() == 1


def test_twenty_asks_at_once_send_one_text() -> None:
    phone = a_phone()
    assert outcomes([lambda: ask(phone)] * AT_ONCE) == {"done": 1, "too_many_tries": AT_ONCE - 1}
    assert SignInCode.objects.count() == 1


def test_a_hundred_wrong_second_factors_at_once_are_five() -> None:
    user = a_login("何立夏")
    accounts.enrol_totp_for_demo(user, SECRET)
    bad = wrong_totp()
    told = outcomes([lambda: accounts.pass_second_factor(user, bad)] * 100)
    assert told == {
        "wrong_code": rules.SECOND_FACTOR_TRIES,
        "too_many_tries": 100 - rules.SECOND_FACTOR_TRIES,
    }


def test_one_step_of_the_clock_opens_one_session() -> None:
    user = a_login("何立夏")
    accounts.enrol_totp_for_demo(user, SECRET)
    SecondFactorGuard.objects.filter(user=user).update(tries_left=AT_ONCE)
    good = code_now()
    assert outcomes([lambda: accounts.pass_second_factor(user, good)] * AT_ONCE)["done"] == 1


@pytest.fixture
def with_recovery_codes(monkeypatch: pytest.MonkeyPatch) -> tuple[User, list[str]]:
    """Somebody with ten recovery codes, and a try for each who contends."""
    monkeypatch.setattr(rules, "SECOND_FACTOR_TRIES", AT_ONCE)
    user = a_login("何立夏")
    return user, accounts.enrol_totp(user, secret=SECRET, code=code_now())


def test_one_recovery_code_opens_one_session(with_recovery_codes: tuple[User, list[str]]) -> None:
    user, codes = with_recovery_codes
    assert outcomes([lambda: accounts.pass_second_factor(user, codes[3])] * AT_ONCE)["done"] == 1
    assert recovery_codes_left(user) == len(codes) - 1


def test_recovery_codes_used_at_once_are_all_used_up(
    with_recovery_codes: tuple[User, list[str]],
) -> None:
    user, codes = with_recovery_codes
    deeds = [lambda code=code: accounts.pass_second_factor(user, code) for code in codes] * 2
    assert outcomes(deeds)["done"] == len(codes)  # type: ignore[arg-type]
    assert recovery_codes_left(user) == 0


def test_recovery_codes_without_a_lock_would_be_used_twice(
    monkeypatch: pytest.MonkeyPatch, with_recovery_codes: tuple[User, list[str]]
) -> None:
    """The control: each reads which are used before any has written that one is."""
    user, codes = with_recovery_codes
    gate = Barrier(AT_ONCE)

    def unlocked(found: RecoveryCodes, code: str) -> bool:
        used = found._is_code_used(codes.index(code))
        gate.wait(timeout=30)
        found._mark_code_used(codes.index(code))
        return not used

    monkeypatch.setattr(RecoveryCodes, "validate_code", unlocked)
    told = outcomes([lambda: accounts.pass_second_factor(user, codes[3])] * AT_ONCE)
    assert told["done"] == AT_ONCE
