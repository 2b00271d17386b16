"""Of each deed that happened, and of no other, every receiver is told; signed, under one number, until it says that it heard."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings as settings_of_django
from django.db import connection, transaction
from django.utils import timezone

from tests.cast import a_member
from tests.people import a_login
from unionhall.base import outbound
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.ledger.queries import last_drawn
from unionhall.people.members.models import Member
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Office
from unionhall.people.unions.queries import in_charge_of
from unionhall.people.webhooks import actions as webhooks
from unionhall.people.webhooks import rules
from unionhall.people.webhooks.invariants import INVARIANTS
from unionhall.people.webhooks.models import Attempt, Event, Receiver
from unionhall.people.webhooks.queries import deaf_within
from unionhall.people.webhooks.tests.receiving import Partner, a_partner, is_signed

ADMITTED = "members.member_admitted"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _inside_too(settings):
    settings.OUTBOUND_PRIVATE = True


def registered(partner: Partner, union, officer, kinds=(ADMITTED,)) -> webhooks.Registered:
    webhooks.spread_events()
    return webhooks.register(union, name="数据平台", url=partner.url, kinds=kinds, by=officer)


def sealed() -> int:
    """Without waiting for anybody: nobody else writes here."""
    while ledger.seal_next(up_to=last_drawn()):
        pass
    return webhooks.spread_events()


def due_now() -> None:
    Event.objects.filter(state="due").update(due_at=timezone.now())
    Receiver.objects.update(rests_until=None)


def told(partner: Partner) -> list[int]:
    return [one["data"]["subject"]["id"] for one in partner.told()]


def test_a_deed_is_told_signed_with_ids_and_facts_alone(plant7, bo):
    with a_partner() as partner:
        receiver, secret = registered(partner, plant7, bo)
        hers = a_member("苏惊蛰", plant7)
        assert sealed() == 1
        assert webhooks.deliver_events() == 1
    ((headers, body),) = partner.heard
    assert is_signed(secret, headers, body)
    assert not is_signed(secret, headers, body + b" ")
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    (said,) = partner.told()
    assert (said["type"], said["data"]["union_id"]) == (ADMITTED, plant7.pk)
    assert said["data"]["subject"]["id"] == hers.pk
    assert set(said["data"]) == {"entry", "union_id", "subject", "facts"}
    for canary in ("苏惊蛰", str(hers.phone), str(hers.id_number)):
        assert canary not in body.decode()
    event = receiver.events.get()
    assert (event.state, event.attempts.get().status) == ("delivered", 204)


def test_it_hears_its_own_part_of_the_tree_and_what_it_asked_for(
    district, plant7, harbour2, bo, fu
):
    with a_partner() as plants, a_partner() as districts:
        registered(plants, plant7, bo)
        registered(districts, district, fu)
        ours, theirs = a_member("苏惊蛰", plant7), a_member("陈小满", harbour2)
        tree.appoint(a_login("何立夏"), union=plant7, role=Office.Role.OFFICER)
        sealed()
        webhooks.deliver_events()
    assert told(plants) == [ours.pk]
    assert told(districts) == [ours.pk, theirs.pk]


def test_what_came_before_and_what_was_rolled_back_is_told_to_nobody(plant7, bo):
    with a_partner() as partner:
        a_member("苏惊蛰", plant7)
        registered(partner, plant7, bo)
        with transaction.atomic():
            a_member("陈小满", plant7)
            transaction.set_rollback(True)
        assert sealed() == 0


def test_what_was_told_once_is_told_once(plant7, bo):
    with a_partner() as partner:
        registered(partner, plant7, bo)
        a_member("苏惊蛰", plant7)
        assert (sealed(), sealed(), webhooks.deliver_events(), webhooks.deliver_events()) == (1, 0, 1, 0)  # fmt: skip
        assert len(partner.heard) == 1


def test_many_deeds_are_told_in_order_by_batches(plant7, bo, monkeypatch):
    monkeypatch.setattr(webhooks, "AT_ONCE", 2)
    with a_partner() as partner:
        registered(partner, plant7, bo)
        people = [a_member(f"人{n}", plant7).pk for n in range(5)]
        assert sealed() == 5
        webhooks.deliver_events()
    assert told(partner) == people


@pytest.mark.parametrize("answer", [500, 404, 301, 0])
def test_whoever_did_not_hear_is_told_again_under_the_same_number(plant7, bo, answer):
    """Also where the answer was lost, or leads elsewhere: a redirect is not followed."""
    with a_partner(answer) as partner:
        receiver, secret = registered(partner, plant7, bo)
        a_member("苏惊蛰", plant7)
        sealed()
        assert webhooks.deliver_events() == 1
        assert webhooks.deliver_events() == 0, "it rests first"
        due_now()
        assert webhooks.deliver_events() == 1
    assert len(set(partner.ids)) == 1
    assert len({body for _headers, body in partner.heard}) == 1
    assert all(is_signed(secret, *one) for one in partner.heard)
    statuses = receiver.events.get().attempts.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == [answer, 204]


def test_it_is_given_up_after_days_and_the_desk_knows_and_may_send_it_again(plant7, bo):
    with a_partner(*[500] * 10) as partner:
        receiver, _secret = registered(partner, plant7, bo)
        a_member("苏惊蛰", plant7)
        sealed()
        for _time in range(10):
            assert not deaf_within(in_charge_of(bo))
            webhooks.deliver_events()
            due_now()
        event = receiver.events.get()
        assert (event.state, event.tries, deaf_within(in_charge_of(bo)).count()) == (
            "given_up",
            10,
            1,
        )
        assert webhooks.deliver_events() == 0
        webhooks.send_again(event, by=bo)
        assert webhooks.deliver_events() == 1
    assert (len(partner.heard), len(set(partner.ids))) == (11, 1)
    assert receiver.events.get().state == "delivered"
    assert sum(rules.PAUSES, dt.timedelta()) > dt.timedelta(days=3)


def test_who_says_gone_is_told_no_more(plant7, bo):
    with a_partner(410) as partner:
        receiver, _secret = registered(partner, plant7, bo)
        for name in ("苏惊蛰", "陈小满"):
            a_member(name, plant7)
        sealed()
        webhooks.deliver_events()
        due_now()
        webhooks.deliver_events()
        a_member("谷小满", plant7)
        assert sealed() == 0
    receiver.refresh_from_db()
    assert (receiver.stopped_why, len(partner.heard)) == ("gone", 1)


def test_a_silent_one_keeps_nobody_else_waiting(plant7, harbour2, bo, cai, monkeypatch):
    """It takes the time of one try; then it rests, and the others are told."""
    monkeypatch.setattr(webhooks, "ANSWER_S", 0.2)
    with a_partner() as silent, a_partner() as other:
        silent.before_answering = lambda: time.sleep(1)
        registered(silent, plant7, bo)
        registered(other, harbour2, cai)
        for n in range(3):
            a_member(f"甲{n}", plant7)
            a_member(f"乙{n}", harbour2)
        sealed()
        webhooks.deliver_events()
        assert (len(silent.heard), len(other.heard)) == (1, 3)
    problems = Attempt.objects.filter(status=0).values_list("problem", flat=True)
    assert list(problems) == ["ReadTimeout"]


def test_both_secrets_sign_until_the_old_one_ends(plant7, bo):
    with a_partner() as partner:
        receiver, old = registered(partner, plant7, bo)
        new = webhooks.rotate_secret(receiver, by=bo)
        a_member("苏惊蛰", plant7)
        sealed()
        webhooks.deliver_events()
        Receiver.objects.update(old_until=timezone.now())
        a_member("陈小满", plant7)
        sealed()
        webhooks.deliver_events()
    first, second = partner.heard
    assert [is_signed(one, *first) for one in (old, new)] == [True, True]
    assert [is_signed(one, *second) for one in (old, new)] == [False, True]


def test_whoever_registered_it_answers_for_it(plant7, bo):
    with a_partner() as partner:
        registered(partner, plant7, bo)
        a_member("苏惊蛰", plant7)
        sealed()
        tree.dismiss(bo.offices.get(), by=bo)
        webhooks.deliver_events()
        a_member("陈小满", plant7)
        assert (sealed(), partner.heard) == (0, [])


KILLED = """
import django; django.setup()
from django.conf import settings
settings.OUTBOUND_PRIVATE = True
from unionhall.people.webhooks import actions
actions.deliver_events()
"""


def test_a_worker_killed_between_the_call_and_its_note_tells_it_again_under_the_same_number(
    plant7, bo
):
    with a_partner() as partner:
        receiver, _secret = registered(partner, plant7, bo)
        a_member("苏惊蛰", plant7)
        sealed()
        worker = subprocess.Popen([sys.executable, "-c", KILLED], env=environment())
        partner.before_answering = lambda: os.kill(worker.pid, signal.SIGKILL)
        assert worker.wait(60) == -signal.SIGKILL
        partner.before_answering = lambda: None
        assert (receiver.events.get().state, webhooks.deliver_events()) == ("due", 0)
        due_now()  # its lease has ended
        assert webhooks.deliver_events() == 1
    assert (len(partner.heard), len(set(partner.ids))) == (2, 1)
    assert receiver.events.get().state == "delivered"


def environment() -> dict[str, str]:
    db = connection.settings_dict
    address = f"postgresql://{db['USER']}:{db['PASSWORD']}@/{db['NAME']}?host={db['HOST']}&port={db['PORT']}"
    given = {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "unionhall.site.settings"}
    return {**os.environ, **given, "PYTHONPATH": str(settings_of_django.ROOT)}


# == Where it may lead ==


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "https://", "https://name:word@example.org/", "https://exa mple.org/", "//example.org",
        "https://127.0.0.1/", "https://localhost/", "https://10.0.0.8/", "https://169.254.169.254/latest", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
        "https://0.0.0.0/", "https://2130706433/", "https://100.64.0.1/", "https://例子.cn/", "https://example.org:x/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_an_address_that_leads_inside_or_is_odd_is_refused(plant7, bo, settings, url):
    settings.OUTBOUND_PRIVATE = False
    with pytest.raises(Refused) as no:
        webhooks.register(plant7, name="数据平台", url=url, kinds=[ADMITTED], by=bo)
    assert no.value.code == "odd_address"
    assert not Receiver.objects.exists()


def test_an_address_that_leads_inside_later_is_asked_nothing(plant7, bo, settings):
    """Its name may be pointed elsewhere after it was registered: each call looks, and goes where it looked."""
    with a_partner() as partner:
        receiver, _secret = registered(partner, plant7, bo)
        a_member("苏惊蛰", plant7)
        sealed()
        settings.OUTBOUND_PRIVATE = False
        webhooks.deliver_events()
    assert partner.heard == []
    assert receiver.events.get().attempts.get().problem == "ConnectError"
    assert not outbound.is_public("127.0.0.1")


def test_a_receiver_that_was_stopped_is_told_nothing_more(plant7, bo):
    with a_partner() as partner:
        receiver, _secret = registered(partner, plant7, bo)
        a_member("苏惊蛰", plant7)
        sealed()
        webhooks.stop(receiver, by=bo)
        assert (webhooks.deliver_events(), partner.heard) == (0, [])
        for once_more in (
            lambda: webhooks.stop(receiver, by=bo),
            lambda: webhooks.send_again(receiver.events.get(), by=bo),
        ):
            with pytest.raises(Refused) as no:
                once_more()
            assert no.value.code == "receiver_stopped"


def test_a_union_tells_so_many_and_no_more(plant7, bo, monkeypatch):
    monkeypatch.setattr(rules, "MOST_LIVE", 1)
    with a_partner() as partner:
        registered(partner, plant7, bo)
        with pytest.raises(Refused) as no:
            registered(partner, plant7, bo)
    assert no.value.code == "too_many_receivers"


def test_what_was_settled_long_ago_is_let_go(plant7, bo):
    with a_partner() as partner:
        receiver, _secret = registered(partner, plant7, bo)
        for name in ("苏惊蛰", "陈小满"):
            a_member(name, plant7)
        sealed()
        webhooks.deliver_events()
        old = Event.objects.order_by("pk").first()
        Event.objects.filter(pk=old.pk).update(settled_at=timezone.now() - rules.KEPT * 2)
        assert webhooks.forget_old_events() == 1
    assert (receiver.events.count(), Attempt.objects.count()) == (1, 1)


# == Invariants ==


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "members.value_unmasked"}, "A receiver is told what it asked for, since it asked."),
        ({"entry_id": 0}, "A receiver is told what it asked for, since it asked."),
        ({"state": "delivered", "settled_at": timezone.now()}, "An event counts as delivered when its receiver said so."),
        ({"state": "given_up", "settled_at": timezone.now() - rules.KEPT * 3}, "Settled events are let go in time."),
    ],
)  # fmt: skip
def test_a_planted_offence_is_found(plant7, bo, change, sentence):
    def broken() -> list[str]:
        return [one.sentence for one in INVARIANTS if list(one.offenders())]

    with a_partner() as partner:
        registered(partner, plant7, bo)
        a_member("苏惊蛰", plant7)
        sealed()
    assert broken() == []
    Event.objects.update(**change)
    assert broken() == [sentence]
    assert Member.objects.exists()
