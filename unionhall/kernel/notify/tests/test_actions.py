from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.template import TemplateDoesNotExist

from unionhall.base.clock import now_in_database
from unionhall.kernel.allotment.tests.rows import a_crowd
from unionhall.kernel.allotment.tests.rush import rush
from unionhall.kernel.notify import actions as notify
from unionhall.kernel.notify import rules, wording
from unionhall.kernel.notify.invariants import INVARIANTS
from unionhall.kernel.notify.models import ConsoleText, Delivery, Message
from unionhall.kernel.notify.queries import inbox_of, last_texts, unread
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import Consent
from unionhall.people.members.models import Member
from unionhall.people.unions.models import Union

from . import vendors

pytestmark = pytest.mark.django_db

HERE = "unionhall.kernel.notify.tests.vendors."
AN_HOUR = dt.timedelta(hours=1)
PHONE = "19900001234"


@pytest.fixture(autouse=True)
def _recording_vendor(settings: object) -> object:
    vendors.SENT.clear()
    settings.SMS_VENDOR = HERE + "Recording"  # type: ignore[attr-defined]
    yield
    assert not [
        (one.sentence, list(one.offenders())) for one in INVARIANTS if list(one.offenders())
    ]


@pytest.fixture
def by_sms(settings: object) -> Callable[[str], None]:
    def choose(name: str) -> None:
        settings.SMS_VENDOR = HERE + name  # type: ignore[attr-defined]

    return choose


def agree(member: Member) -> None:
    assert member.user is not None
    accounts.give_consent(member.user, Consent.Kind.SMS, "1")


# == Inbox ==


def test_a_message_stands_in_the_inbox_at_once(ann: Member, chen: Member) -> None:
    message = notify.send(ann, "trial/told", what="赢了", at=now_in_database())
    assert list(inbox_of(ann)) == [message]
    assert wording.in_inbox(message) == "<strong>赢了</strong>"
    assert not inbox_of(chen)
    assert not inbox_of(None)
    assert (unread(ann), unread(chen)) == (1, 0)


def test_a_message_of_a_transaction_that_fails_never_was(ann: Member) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        notify.send(ann, "trial/told", channels=["inbox", "sms"], what="赢了")
        raise ZeroDivisionError
    assert notify.deliver_due() == 0
    assert not Message.objects.exists()


def test_a_message_for_later_is_shown_when_it_is_due(ann: Member) -> None:
    notify.send(ann, "trial/told", due_at=now_in_database() + AN_HOUR, what="明天开始")
    assert notify.deliver_due() == 0
    assert not inbox_of(ann)
    time_passes(AN_HOUR)
    assert notify.deliver_due() == 1
    assert unread(ann) == 1


def test_what_was_looked_at_is_read_by_her_alone(ann: Member, chen: Member) -> None:
    first, second = (notify.send(ann, "trial/told", what=what) for what in ("一", "二"))
    notify.mark_read(first, member=chen)
    assert unread(ann) == 2
    notify.mark_read(first, member=ann)
    assert unread(ann) == 1
    notify.mark_all_read(ann)
    assert unread(ann) == 0
    assert [message.pk for message in inbox_of(ann)] == [second.pk, first.pk]


def test_a_wording_that_is_missing_is_noticed_before_anything_is_sent(ann: Member) -> None:
    with pytest.raises(TemplateDoesNotExist):
        notify.send(ann, "trial/nowhere")
    assert not Message.objects.exists()


def test_the_context_is_sealed(ann: Member) -> None:
    notify.send(ann, "trial/told", what="血型 AB")
    with connection.cursor() as cursor:
        cursor.execute("SELECT context FROM notify_message")
        assert "血型".encode() not in bytes(cursor.fetchone()[0])


# == Text messages ==


def test_a_text_goes_to_the_number_that_asked(by_sms: Callable[[str], None]) -> None:
    message = notify.text(PHONE, "trial/told", what="验证码 <1234> & 5")
    assert notify.deliver_due() == 1
    delivery = message.deliveries.get()
    assert vendors.SENT == [(PHONE, "【职工之家】验证码 <1234> & 5 消息", delivery.key)]
    assert (delivery.state, delivery.reference, delivery.tries) == (
        Delivery.State.DELIVERED,
        "no-1",
        1,
    )
    assert notify.deliver_due() == 0


def test_a_member_gets_texts_only_while_she_agrees(ann: Member) -> None:
    notify.send(ann, "trial/told", channels=["inbox", "sms"], what="一")
    notify.deliver_due()
    agree(ann)
    notify.send(ann, "trial/told", channels=["inbox", "sms"], what="二")
    notify.deliver_due()
    assert ann.user is not None
    accounts.withdraw_consent(ann.user, Consent.Kind.SMS)
    notify.send(ann, "trial/told", channels=["inbox", "sms"], what="三")
    notify.deliver_due()
    assert [text for _number, text, _key in vendors.SENT] == ["【职工之家】二 消息"]
    assert list(problems()) == ["no consent", "no consent"]


def test_a_text_is_written_in_her_language(ann: Member) -> None:
    agree(ann)
    assert ann.user is not None
    accounts.prefer(ann.user, language="en")
    notify.send(ann, "trial/told", channels=["sms"], what="Won")
    notify.deliver_due()
    assert vendors.SENT[0][1].startswith("【职工之家】Won ")


def test_whoever_has_no_login_gets_no_text(plant7: Union) -> None:
    notify.send(a_crowd(1, plant7)[0], "trial/told", channels=["sms"], what="一")
    notify.deliver_due()
    assert list(problems()) == ["no login"]


def test_somebody_who_waits_in_front_of_the_screen_comes_first(ann: Member) -> None:
    agree(ann)
    for what in ("一条", "再一条"):
        notify.send(ann, "trial/told", channels=["sms"], what=what)
    notify.text(PHONE, "trial/told", what="验证码")
    notify.deliver_due(limit=2)
    assert [text.split()[0] for _number, text, _key in vendors.SENT] == [
        "【职工之家】验证码",
        "【职工之家】一条",
    ]


def test_a_code_that_would_come_too_late_is_not_sent() -> None:
    message = notify.text(PHONE, "trial/told", what="验证码")
    time_passes(AN_HOUR)
    Delivery.objects.update(until_at=now_in_database())
    assert notify.deliver_due() == 1
    assert (vendors.SENT, message.deliveries.get().problem) == ([], "too late")


# == Failures ==


def test_a_vendor_that_is_out_of_order_is_asked_again_with_growing_pauses(
    by_sms: Callable[[str], None],
) -> None:
    by_sms("Broken")
    delivery = notify.text(PHONE, "trial/told", within=100 * AN_HOUR, what="一").deliveries.get()
    waits = []
    while delivery.state == Delivery.State.DUE:
        assert notify.deliver_due() == 1
        assert notify.deliver_due() == 0
        delivery.refresh_from_db()
        waits.append(delivery.due_at - now_in_database())
        time_passes(24 * AN_HOUR)
    assert [round(wait.total_seconds(), -1) for wait in waits[:-1]] == [
        pause.total_seconds() for pause in rules.PAUSES
    ]
    assert (delivery.state, delivery.problem) == (Delivery.State.GIVEN_UP, "TimeoutError")
    assert {key for _number, _text, key in vendors.SENT} == {delivery.key}


def test_a_vendor_that_is_in_order_again_delivers(by_sms: Callable[[str], None]) -> None:
    delivery = notify.text(PHONE, "trial/told", within=AN_HOUR, what="一").deliveries.get()
    by_sms("Broken")
    notify.deliver_due()
    by_sms("Recording")
    time_passes(AN_HOUR / 2)
    notify.deliver_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.problem, delivery.tries) == (Delivery.State.DELIVERED, "", 2)


def test_a_number_that_cannot_be_reached_is_given_up(by_sms: Callable[[str], None]) -> None:
    by_sms("Refusing")
    notify.text(PHONE, "trial/told", what="一")
    notify.deliver_due()
    assert list(problems()) == ["no such number"]


def test_after_a_crash_the_message_is_repeated_under_the_same_key(
    by_sms: Callable[[str], None],
) -> None:
    delivery = notify.text(PHONE, "trial/told", within=AN_HOUR, what="一").deliveries.get()
    by_sms("Killed")
    with pytest.raises(KeyboardInterrupt):
        notify.deliver_due()
    by_sms("Recording")
    assert notify.deliver_due() == 0, "whoever took it may still be at it"
    time_passes(notify.LEASE)
    assert notify.deliver_due() == 1
    assert [key for _number, _text, key in vendors.SENT] == [delivery.key] * 2


def test_the_console_drops_a_repeat(settings: object) -> None:
    settings.SMS_VENDOR = "unionhall.kernel.notify.sms.console.Console"  # type: ignore[attr-defined]
    message = notify.text(PHONE, "trial/told", what="一")
    notify.deliver_due()
    Delivery.objects.update(state=Delivery.State.DUE, delivered_at=None, due_at=now_in_database())
    notify.deliver_due()
    (text,) = last_texts()
    assert (text.phone, text.key) == (PHONE, message.deliveries.get().key)
    assert str(text) == f"#{ConsoleText.objects.get().pk}"


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_vendor_is_called(
    ann: Member, by_sms: Callable[[str], None]
) -> None:
    agree(ann)
    by_sms("Watchful")
    notify.send(ann, "trial/told", channels=["sms"], what="一")
    notify.text(PHONE, "trial/told", what="二")
    assert notify.deliver_due() == 2
    assert vendors.OPEN_TRANSACTIONS == [0, 0]


@pytest.mark.django_db(transaction=True)
def test_many_workers_deliver_each_message_once(plant7: Union, ann: Member) -> None:
    agree(ann)
    for nth in range(60):
        notify.text(PHONE, "trial/told", what=str(nth))
    tried = rush([notify.deliver_due] * 8, connections=8)
    assert sum(one for one in tried if isinstance(one, int)) == 60
    assert len({key for _number, _text, key in vendors.SENT}) == len(vendors.SENT) == 60


def test_delivery_inside_a_transaction_is_refused() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        notify.deliver_due()


def test_rows_tell_what_they_are(ann: Member) -> None:
    message = notify.send(ann, "trial/told", what="一")
    assert str(message) == f"trial/told #{message.pk}"
    assert str(message.deliveries.get()) == "inbox delivered"


# == Harness ==


def problems() -> list[str]:
    return list(
        Delivery.objects.filter(state=Delivery.State.GIVEN_UP).values_list("problem", flat=True)
    )


def time_passes(how_long: dt.timedelta) -> None:
    for delivery in Delivery.objects.filter(state=Delivery.State.DUE):
        Delivery.objects.filter(pk=delivery.pk).update(due_at=delivery.due_at - how_long)


def test_texts_to_a_bare_number_go_after_a_month_and_messages_of_members_stay(
    ann: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "FORGOTTEN_AT_ONCE", 2)
    hers = notify.send(ann, "trial/told", what="一")
    old = [notify.text("19900000001", "trial/told", what="二") for _nth in range(5)]
    Message.objects.update(created_at=now_in_database() - dt.timedelta(days=31))
    new = notify.text("19900000001", "trial/told", what="三")
    keys = Delivery.objects.filter(message__in=old).values_list("key", flat=True)
    for key in keys:
        ConsoleText.objects.create(key=key, phone="19900000001", text="二")
    assert notify.forget_old_texts() == 5
    assert set(Message.objects.all()) == {hers, new}
    assert not ConsoleText.objects.exists()
    assert notify.forget_old_texts() == 0
