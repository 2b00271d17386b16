"""Sign-in codes under attack: who floods a phone, spends the money for texts, or asks who is known here.

Limits are contended for by twenty real threads, each with a control: the same flood against the limit taken out, or
against one that reads before it counts, goes over.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections import Counter
from threading import Barrier, BrokenBarrierError

import pytest
from django.conf import settings as product
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import a_login, a_phone
from unionhall.kernel.notify.models import Message
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.actions import codes
from unionhall.people.accounts.models import SignInCode, Tally, User
from unionhall.people.accounts.tests.test_actions import PRIVACY, ask, let_time_pass, wrong
from unionhall.people.accounts.tests.test_races import AT_ONCE, outcomes

pytestmark = pytest.mark.django_db(transaction=True)
FULL = bool(os.environ.get("UNIONHALL_FULL"))
SCALE = 1 if FULL else 10  # the figures of the product, or a tenth of them
FACTORY, STRANGERS = 3_000 // SCALE, 10_000 // SCALE
AGREED = {"privacy": "on", "roll": "on"}
SENT = "done"


def asks(phones, addresses):
    return [
        lambda phone=phone, address=address: ask(phone, address)
        for phone, address in zip(phones, addresses, strict=True)
    ]


def thousand_addresses():
    return [f"203.0.{number // 250}.{number % 250}" for number in range(1_000)]


# == A flood of texts to one phone ==


def test_a_thousand_addresses_send_one_phone_one_text_a_minute_five_an_hour_ten_a_day():
    phone, places = a_phone(), thousand_addresses()
    told = outcomes(asks([phone] * 1_000, places))
    assert told == {SENT: 1, "too_many_tries": 999}
    sent = 1
    for _wave in range(12):
        let_time_pass(dt.timedelta(minutes=10))
        sent += outcomes(asks([phone] * AT_ONCE, places[:AT_ONCE]))[SENT]
    assert sent == 5 + 5  # two hours of a day, and the day's ten are gone
    let_time_pass(dt.timedelta(hours=20))
    assert outcomes(asks([phone] * AT_ONCE, places[:AT_ONCE]))[SENT] == 0


def test_without_the_pace_the_phone_would_be_flooded(monkeypatch):
    monkeypatch.setattr(codes, "_keep_pace", lambda _phone, _now: None)
    assert outcomes(asks([a_phone()] * 100, thousand_addresses()[:100]))[SENT] == 100


def test_without_the_lock_two_of_twenty_would_be_sent(monkeypatch):
    """Each sees that none was sent, before any is."""
    gate, keep_pace = Barrier(AT_ONCE), codes._keep_pace

    def together(phone, now):
        keep_pace(phone, now)
        gate.wait(timeout=30)

    monkeypatch.setattr(codes, "_one_at_a_time", lambda _phone: None)
    monkeypatch.setattr(codes, "_keep_pace", together)
    phone = a_phone()
    assert outcomes(asks([phone] * AT_ONCE, thousand_addresses()[:AT_ONCE]))[SENT] == AT_ONCE


# == A flood from one address ==


def test_a_factory_of_three_thousand_gets_in_by_one_address_and_a_flood_does_not(settings):
    assert product.SIGN_IN_CODES_PER_ADDRESS == 3_000
    settings.SIGN_IN_CODES_PER_ADDRESS = FACTORY
    workers = outcomes(asks([a_phone() for _ in range(FACTORY)], ["203.0.113.7"] * FACTORY))
    assert workers == {SENT: FACTORY}
    rest = STRANGERS - FACTORY
    flood = outcomes(asks([a_phone() for _ in range(rest)], ["203.0.113.7"] * rest))
    assert flood == {"sms_budget": rest}
    assert SignInCode.objects.count() == FACTORY
    assert outcomes(asks([a_phone() for _ in range(AT_ONCE)], ["203.0.113.8"] * AT_ONCE)) == {
        SENT: AT_ONCE
    }


def test_the_days_money_is_spent_once_however_many_addresses_ask(settings):
    assert product.SIGN_IN_CODES_PER_DAY == 20_000
    settings.SIGN_IN_CODES_PER_DAY = 100
    told = outcomes(asks([a_phone() for _ in range(200)], thousand_addresses()[:200]))
    assert told == {SENT: 100, "sms_budget": 100}
    assert SignInCode.objects.count() == 100
    assert Tally.objects.get(key__startswith="everybody:").count == 100


def test_without_the_tally_address_and_day_would_be_flooded(settings, monkeypatch):
    settings.SIGN_IN_CODES_PER_DAY = settings.SIGN_IN_CODES_PER_ADDRESS = 10
    monkeypatch.setattr(codes, "count_one", lambda *_args, **_limits: True)
    told = outcomes(asks([a_phone() for _ in range(100)], ["203.0.113.7"] * 100))
    assert told == {SENT: 100}


def test_a_tally_that_reads_before_it_counts_would_go_over(settings, monkeypatch):
    settings.SIGN_IN_CODES_PER_DAY = 10
    monkeypatch.setattr(codes, "count_one", reading_first(Barrier(AT_ONCE)))
    told = outcomes(asks([a_phone() for _ in range(AT_ONCE)], thousand_addresses()[:AT_ONCE]))
    assert told[SENT] > 10


def reading_first(gate):
    def count_one(key, *, most, until):
        known = Tally.objects.filter(key=key).first()
        try:
            gate.wait(timeout=30)
        except BrokenBarrierError:  # some were refused already
            return True
        return known is None or known.count < most

    return count_one


def test_when_nobody_can_count_nobody_is_sent_anything(monkeypatch):
    def broken(*_args, **_limits):
        raise OperationalError

    monkeypatch.setattr(codes, "count_one", broken)
    browser = Client(raise_request_exception=False)
    assert browser.post("/sign-in/", {"phone": a_phone(), **AGREED}).status_code == 503
    assert (SignInCode.objects.count(), Message.objects.count()) == (0, 0)


# == Guessing across many phones ==


def test_who_guesses_at_many_phones_from_one_address_is_stopped(settings):
    """Five guesses at each of twelve phones: the first of each and eighteen more are compared."""
    settings.SIGN_IN_WRONG_CODES_PER_ADDRESS = 18
    asked = [ask(a_phone()) for _ in range(12)]
    deeds = [
        lambda one=one: accounts.sign_in(one.ask.pk, wrong(one.code), consents=PRIVACY)
        for one in asked
        for _guess in range(5)
    ]
    told = outcomes(deeds)
    assert told["wrong_code"] + told["no_live_code"] == 30
    assert told["too_many_wrong"] == 30
    mine = ask(a_phone())
    for refusal in (accounts.WrongCode, accounts.TooManyTries):  # her first guess, and her second
        with pytest.raises(refusal):
            accounts.sign_in(mine.ask.pk, wrong(mine.code), consents=PRIVACY)
    with pytest.raises(accounts.TooManyTries):
        accounts.sign_in(mine.ask.pk, mine.code, consents=PRIVACY)
    elsewhere = ask(a_phone(), "203.0.113.8")
    with pytest.raises(accounts.WrongCode):
        accounts.sign_in(elsewhere.ask.pk, wrong(elsewhere.code), consents=PRIVACY)
    assert accounts.sign_in(elsewhere.ask.pk, elsewhere.code, consents=PRIVACY)
    Tally.objects.filter(key__startswith="wrong:").delete()  # as at the next hour
    assert accounts.sign_in(mine.ask.pk, mine.code, consents=PRIVACY)


def a_shift_behind_a_stopped_address(settings):
    """How each of a factory fares who types her code right at once, where somebody guessed before."""
    settings.SIGN_IN_WRONG_CODES_PER_ADDRESS = 1
    guessed_at = ask(a_phone())
    for _guess in range(2):
        with pytest.raises((accounts.WrongCode, accounts.TooManyTries)):
            accounts.sign_in(guessed_at.ask.pk, wrong(guessed_at.code), consents=PRIVACY)
    asked = [ask(a_phone()) for _ in range(3 * AT_ONCE)]
    return outcomes(
        [lambda one=one: accounts.sign_in(one.ask.pk, one.code, consents=PRIVACY) for one in asked]
    )


def test_a_stopped_address_stops_nobody_who_types_her_code_right_at_once(settings):
    assert a_shift_behind_a_stopped_address(settings) == {SENT: 3 * AT_ONCE}


def test_if_first_guesses_were_counted_one_guesser_would_stop_a_factory(settings, monkeypatch):
    monkeypatch.setattr(codes, "_is_first_guess", lambda _ask: False)
    assert a_shift_behind_a_stopped_address(settings) == {"too_many_wrong": 3 * AT_ONCE}


def test_without_the_tally_all_five_guesses_at_each_phone_would_be_compared(settings, monkeypatch):
    settings.SIGN_IN_WRONG_CODES_PER_ADDRESS = 0
    monkeypatch.setattr(codes, "_count_as_wrong", lambda _ask: None)
    asked = [ask(a_phone()) for _ in range(4)]
    told = outcomes(
        [
            lambda one=one: accounts.sign_in(one.ask.pk, wrong(one.code), consents=PRIVACY)
            for one in asked
            for _guess in range(5)
        ]
    )
    assert told["too_many_wrong"] == 0


def test_a_factory_that_types_its_codes_right_is_never_stopped(settings):
    settings.SIGN_IN_WRONG_CODES_PER_ADDRESS = AT_ONCE
    asked = [ask(a_phone()) for _ in range(5 * AT_ONCE)]
    told = outcomes(
        [lambda one=one: accounts.sign_in(one.ask.pk, one.code, consents=PRIVACY) for one in asked]
    )
    assert told == {SENT: 5 * AT_ONCE}
    assert not Tally.objects.filter(key__startswith="wrong:").exists()


# == Who is known here? ==


@pytest.fixture
def phones():
    """A known one, an unknown one, and one of a login that was stopped."""
    stopped = a_login("停用者")
    User.objects.filter(pk=stopped.pk).update(is_active=False)
    return {"known": a_login("丁霜降").phone, "unknown": a_phone(), "stopped": stopped.phone}


def seen(client, path, fields):
    """All that a stranger can tell of an answer: status, headers, text; and what the database was asked."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.post(path, fields)
    headers = {name: plain(value) for name, value in answer.headers.items() if name != "Set-Cookie"}
    cookies = sorted(answer.cookies)
    statements = [kind_of(one["sql"]) for one in asked]
    return answer.status_code, headers, cookies, plain(answer.text), statements


def plain(text):
    """Without what differs from visit to visit."""
    text = re.sub(r"199\d{8}|199\*{4}\d{4}", "PHONE", text)
    text = re.sub(r"\d+ 秒|data-countdown=\"\d+\"([^>]*>)\d+", r"SECONDS\1", text)
    text = re.sub(r'name="code" value="\d{6}"', "TYPED", text)
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|x-csrftoken": "\w+"', "TOKEN", text)


def kind_of(statement):
    """A statement without its values and the names of savepoints."""
    return re.sub(r"'(?:[^']|'')*'|\b\d+\b|\bs\d+_x\d+\b", "?", statement)


def walk(phone):
    """Ask, ask again too soon, see the page, guess wrong till the code is void."""
    client = Client()
    client.get("/sign-in/")
    steps = [seen(client, "/sign-in/", {"phone": phone, **AGREED})]
    steps.append(seen(client, "/sign-in/again/", {}))
    steps.append(seen(client, "/sign-in/", {"phone": phone, **AGREED}))
    code = re.findall(r"\d{6}", Message.objects.latest("pk").context)[0]
    steps += [seen(client, "/sign-in/code/", {"code": wrong(code)}) for _guess in range(6)]
    assert not any(code in step[3] for step in steps)
    return steps


def test_known_unknown_and_stopped_phones_cannot_be_told_apart(phones):
    known, unknown, stopped = (walk(phone) for phone in phones.values())
    assert [one[0] for one in known] == [302] + 8 * [409]
    for step, (one, *others) in enumerate(zip(known, unknown, stopped, strict=True)):
        assert [others[0], others[1]] == [one, one], step


def test_an_ask_that_looks_the_phone_up_would_be_seen(phones, monkeypatch):
    """The control: one that does nothing for a phone that nobody has."""
    ask_code = accounts.ask_code

    def curious(phone, **said):
        if User.objects.with_phone(phone).first():
            Tally.objects.first()
        return ask_code(phone, **said)

    monkeypatch.setattr(accounts, "ask_code", curious)
    assert walk(phones["known"]) != walk(phones["unknown"])


def test_the_code_stands_in_no_answer_no_header_and_no_cookie():
    found = Counter()
    for _one in range(20):
        client = Client()
        answers = [
            client.get("/sign-in/"),
            client.post("/sign-in/", {"phone": a_phone(), **AGREED}),
        ]
        answers += [client.get("/sign-in/code/"), client.post("/sign-in/again/")]
        code = re.findall(r"\d{6}", Message.objects.latest("pk").context)[0]
        for answer in answers:
            told = f"{answer.headers} {answer.cookies} {answer.text}"
            found[code in re.sub(r"[A-Za-z0-9]{32,64}", "TOKEN", told)] += 1
    assert found == {False: 80}
