from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger.queries import entries_of
from unionhall.kernel.notify import actions as notify
from unionhall.kernel.notify.invariants import INVARIANTS
from unionhall.kernel.notify.models import Delivery, SwitchedOff
from unionhall.kernel.notify.queries import inbox_of
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import Consent

from . import vendors

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries, Settings

    from unionhall.people.accounts.models import User
    from unionhall.people.members.models import Member

pytestmark = pytest.mark.django_db
OPTIONAL, MANDATORY = "welfare/voucher_expiring", "quiz/review_answered"
BOTH = ("inbox", "sms")
PAGE = "/inbox/settings/"


@pytest.fixture(autouse=True)
def _recording_vendor(settings: Settings) -> object:
    vendors.SENT.clear()
    settings.SMS_VENDOR = "unionhall.kernel.notify.tests.vendors.Recording"
    yield
    assert [one.sentence for one in INVARIANTS if list(one.offenders())] == []


@pytest.fixture
def user(client: Client, ann: Member) -> User:
    assert ann.user
    accounts.give_consent(ann.user, Consent.Kind.SMS)
    client.force_login(ann.user)
    return ann.user


def tell(member: Member, topic: str = OPTIONAL, **when: dt.datetime) -> dict[str, str]:
    """Send and deliver; channel -> what became of it."""
    message = notify.send(
        member, topic, channels=BOTH if topic == OPTIONAL else ("inbox",), **when,  # type: ignore[arg-type]
        title="蛋糕券", expires_at=now_in_database(), url="/vouchers/", contest="问答",
    )  # fmt: skip
    notify.deliver_due()
    return dict(Delivery.objects.filter(message=message).values_list("channel", "state"))


def test_who_chose_nothing_is_told_by_every_channel(user: User, ann: Member) -> None:
    assert tell(ann) == {"inbox": "delivered", "sms": "delivered"}
    assert len(vendors.SENT) == 1


@pytest.mark.parametrize("channel", BOTH)
def test_a_channel_that_is_switched_off_gets_nothing(user: User, ann: Member, channel: str) -> None:
    notify.choose(ann, OPTIONAL, channel, wanted=False, by=user)
    other = "sms" if channel == "inbox" else "inbox"
    assert tell(ann) == {channel: "given_up", other: "delivered"}
    assert inbox_of(ann).count() == (channel == "sms")
    assert len(vendors.SENT) == (channel == "inbox")
    assert Delivery.objects.get(channel=channel).problem == "switched off"
    notify.choose(ann, OPTIONAL, channel, wanted=True, by=user)
    assert tell(ann) == {"inbox": "delivered", "sms": "delivered"}


def test_what_was_under_way_when_she_switched_it_off_does_not_arrive(
    user: User, ann: Member
) -> None:
    later = now_in_database() + dt.timedelta(milliseconds=1)
    message = notify.send(
        ann, OPTIONAL, channels=BOTH, due_at=later, title="蛋糕券", expires_at=later, url="/"
    )
    for channel in BOTH:
        notify.choose(ann, OPTIONAL, channel, wanted=False, by=user)
    notify.deliver_due()
    assert set(message.deliveries.values_list("state", flat=True)) == {"given_up"}
    assert not vendors.SENT
    assert not inbox_of(ann).exists()


def test_anothers_choice_and_that_of_another_topic_change_nothing(
    user: User, ann: Member, chen: Member
) -> None:
    notify.choose(chen, OPTIONAL, "inbox", wanted=False, by=user)
    notify.choose(ann, "lectures/not_started", "inbox", wanted=False, by=user)
    assert tell(ann) == {"inbox": "delivered", "sms": "delivered"}


def test_above_every_choice_stands_the_consent_to_text_messages(user: User, ann: Member) -> None:
    accounts.withdraw_consent(user, Consent.Kind.SMS)
    notify.choose(ann, OPTIONAL, "sms", wanted=True, by=user)
    assert tell(ann) == {"inbox": "delivered", "sms": "given_up"}


@pytest.mark.parametrize("topic", [MANDATORY, "trial/told", "nobody/knows"])
def test_what_is_mandatory_or_unknown_cannot_be_switched_off(
    user: User, ann: Member, topic: str
) -> None:
    with pytest.raises(Refused, match="不能关"):
        notify.choose(ann, topic, "inbox", wanted=False, by=user)
    SwitchedOff.objects.create(member=ann, topic=MANDATORY, channel="inbox")  # past the verb
    assert tell(ann, MANDATORY) == {"inbox": "delivered"}


def test_a_mandatory_message_asks_nobody_about_choices(
    user: User, ann: Member, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(5):
        notify.send(ann, MANDATORY, contest="问答", url="/")
    with django_assert_num_queries(7):
        notify.send(ann, OPTIONAL, title="券", expires_at=now_in_database(), url="/")


def test_a_choice_is_on_the_ledger_once(user: User, ann: Member) -> None:
    for wanted in (False, False, True, True):
        notify.choose(ann, OPTIONAL, "sms", wanted=wanted, by=user)
    chosen = entries_of(ann).filter(action="notify.preference_chosen")
    assert [one.detail["wanted"] for one in chosen.order_by("pk")] == [False, True]


# == The pages ==
def test_she_chooses_on_one_page_without_script(client: Client, user: User, ann: Member) -> None:
    shown = client.get(PAGE).content.decode()
    assert f'value="{OPTIONAL}:sms" checked' in shown
    assert f'value="{MANDATORY}:inbox"' not in shown
    assert "你问的，要答你" in shown
    asked = {"asked:inbox": "1", "asked:sms": "1", "on": [f"{OPTIONAL}:inbox"]}
    assert client.post(PAGE, asked).status_code == 302
    shown = client.get(PAGE).content.decode()
    assert f'value="{OPTIONAL}:inbox" checked' in shown
    assert f'value="{OPTIONAL}:sms">' in shown
    assert not SwitchedOff.objects.filter(topic=MANDATORY).exists()


def test_a_form_without_its_boxes_switches_nothing_off(client: Client, user: User) -> None:
    client.post(PAGE, {})
    assert not SwitchedOff.objects.exists()


def test_without_the_consent_the_page_says_so_first(client: Client, user: User) -> None:
    assert "你没有同意用短信提醒" not in client.get(PAGE).content.decode()
    accounts.withdraw_consent(user, Consent.Kind.SMS)
    assert "你没有同意用短信提醒" in client.get(PAGE).content.decode()


def test_who_is_on_no_roll_has_nothing_to_choose(client: Client, dee: User) -> None:
    client.force_login(dee)
    assert "还没有什么要告诉你的" in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"asked:sms": "1"}).status_code == 200
    assert not SwitchedOff.objects.exists()


def test_the_inbox_is_narrowed_to_what_is_new_or_to_a_chapter(
    client: Client, user: User, ann: Member
) -> None:
    tell(ann)
    notify.mark_all_read(ann)
    tell(ann, MANDATORY)
    assert client.get("/inbox/").content.decode().count('id="message-') == 2
    for narrowed in ("show=unread", "topic=quiz"):
        shown = client.get(f"/inbox/?{narrowed}").content.decode()
        assert shown.count('id="message-') == 1
        assert "问答" in shown
    assert "这里没有消息" in client.get("/inbox/?topic=members").content.decode()
    assert client.get("/inbox/?topic=%25&show=x").content.decode().count('id="message-') == 2


def test_a_chapter_stands_once_and_shows_what_all_its_apps_told(
    client: Client, user: User, ann: Member
) -> None:
    tell(ann, "corrections/login_asked")
    tell(ann, MANDATORY)
    whole = client.get("/inbox/").content.decode()
    assert whole.count(">会籍</a>") == 1
    for app in ("members", "corrections"):
        shown = client.get(f"/inbox/?topic={app}").content.decode()
        assert shown.count('id="message-') == 1
        assert "问答" not in shown
        assert 'aria-current="page">会籍</a>' in shown


def test_the_api_chooses_the_same(client: Client, user: User, ann: Member) -> None:
    told = {one["topic"]: one for one in client.get("/api/v1/inbox/settings/").json()}
    assert told[OPTIONAL]["choosable"] == ["inbox", "sms"]
    assert told[MANDATORY]["choosable"] == []
    wish = {"topic": OPTIONAL, "channel": "sms", "wanted": False}
    answer = client.put("/api/v1/inbox/settings/", wish, content_type="application/json").json()
    assert {one["topic"]: one["on"] for one in answer}[OPTIONAL] == ["inbox"]
    wish |= {"topic": MANDATORY, "channel": "inbox"}
    refused = client.put("/api/v1/inbox/settings/", wish, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "mandatory_topic")
