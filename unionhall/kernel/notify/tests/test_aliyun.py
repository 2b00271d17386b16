"""The vendor against a server that speaks its protocol and computes the signature by itself."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from fakes.aliyun_sms import AliyunSms
from fakes.server import Answer, in_json, serving
from unionhall.base.outbound import OutboundError
from unionhall.kernel.notify.channels.base import Undeliverable
from unionhall.kernel.notify.sms import aliyun
from unionhall.kernel.notify.sms.aliyun import Aliyun, AliyunError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import SettingsWrapper

PHONE, TOPIC = "19900001234", "accounts/sign_in_code"


@pytest.fixture
def account(settings: SettingsWrapper) -> Iterator[AliyunSms]:
    fake = AliyunSms()
    with serving(fake) as url:
        settings.OUTBOUND_PRIVATE = True
        settings.ALIYUN_SMS = {
            "url": url,
            "key_id": fake.key_id,
            "secret": fake.secret,
            "sign": fake.sign_name,
        }
        settings.SMS_TEMPLATES = {TOPIC: "SMS_100000001"}
        yield fake


def send(number: str = PHONE, key: uuid.UUID | None = None, topic: str = TOPIC) -> str:
    values = {"code": "123456", "url": "/me/ a+b*~", "nested": ["x"]}
    return Aliyun().send_filled(number, "…", key=key or uuid.uuid4(), topic=topic, values=values)


def test_a_message_goes_out_by_its_template(account: AliyunSms) -> None:
    key = uuid.uuid4()
    assert send(key=key) == "aliyun:900000000^0"
    (sent,) = account.sent
    assert (sent.number, sent.sign, sent.template, sent.out_id) == (
        PHONE,
        "职工之家",
        "SMS_100000001",
        key.hex,
    )
    assert sent.values == {"code": "123456", "url": "/me/ a+b*~"}


def test_the_same_key_again_is_the_same_message(account: AliyunSms) -> None:
    """The worker was killed after the call: whoever calls again asks what became of it."""
    key = uuid.uuid4()
    send(key=key)
    assert send(key=key) == f"aliyun:{key.hex}"
    assert len(account.sent) == 1


def test_what_was_refused_for_a_while_is_sent_at_the_next_try(account: AliyunSms) -> None:
    account.refuse = ["isv.BUSINESS_LIMIT_CONTROL"]
    key = uuid.uuid4()
    with pytest.raises(AliyunError, match="BUSINESS_LIMIT_CONTROL"):
        send(key=key)
    send(key=key)
    assert len(account.sent) == 1


def test_with_a_nonce_of_its_own_each_try_would_send_again(
    account: AliyunSms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    call = aliyun._call
    monkeypatch.setattr(aliyun, "_call", lambda *told, nonce: call(*told, nonce=uuid.uuid4().hex))
    key = uuid.uuid4()
    send(key=key)
    send(key=key)
    assert len(account.sent) == 2


def test_a_number_that_is_none_is_given_up(account: AliyunSms) -> None:
    with pytest.raises(Undeliverable, match=r"isv\.MOBILE_NUMBER_ILLEGAL"):
        send("123")


def test_a_topic_without_a_template_is_given_up(account: AliyunSms) -> None:
    with pytest.raises(Undeliverable, match="no template"):
        send(topic="trial/told")
    assert not account.asked


def test_the_vendors_own_limit_is_for_a_while(account: AliyunSms) -> None:
    for _nth in range(5):
        send()
    with pytest.raises(AliyunError, match=r"isv\.BUSINESS_LIMIT_CONTROL"):
        send()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [("secret", "SignatureDoesNotMatch"), ("key_id", "InvalidAccessKeyId.NotFound")],
)
def test_a_wrong_key_is_said_by_its_code(
    account: AliyunSms, settings: SettingsWrapper, wrong: str, code: str
) -> None:
    settings.ALIYUN_SMS |= {wrong: "another"}
    with pytest.raises(AliyunError, match=code):
        send()


@pytest.mark.parametrize("answer", [Answer(502, b"<html>"), Answer(200, b'{"Code":'), in_json([])])
def test_what_is_no_answer_is_none(account: AliyunSms, answer: Answer) -> None:
    account.broken = answer
    with pytest.raises(OutboundError):
        send()


def test_who_does_not_answer_in_time_is_left(
    account: AliyunSms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aliyun, "TIMEOUT_S", 0.3)
    account.slow_s = 0.5
    with pytest.raises(OutboundError):
        send()


def test_what_is_not_set_is_named(settings: SettingsWrapper) -> None:
    settings.ALIYUN_SMS = {"url": "x", "key_id": "", "secret": "", "sign": "y"}
    assert len(Aliyun().problems()) == 3
