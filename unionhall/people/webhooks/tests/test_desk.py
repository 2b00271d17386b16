"""The officer's pages of receivers: the secret once, what was typed stays, each try with its answer."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.tenancy.asking import signed_in
from tests.world import a_receiver
from unionhall.people.webhooks.models import Event, Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(bo) -> Client:
    return signed_in(bo)


@pytest.fixture
def receiver(plant7, bo) -> Receiver:
    return a_receiver(plant7, officer=bo, word="区数据")


def page(officer: Client, name: str, *args: int) -> str:
    return officer.get(reverse(f"webhooks_desk:{name}", args=args)).text


def test_a_secret_is_shown_once(officer, settings):
    settings.OUTBOUND_PRIVATE = True
    sent = {
        "name": "区数据平台",
        "url": "https://127.0.0.1/",
        "kinds": ["welfare.voucher_redeemed"],
    }
    shown = officer.post(reverse("webhooks_desk:new"), sent).text
    made = Receiver.objects.get()
    assert made.secret in shown
    for text in (page(officer, "index"), page(officer, "receiver", made.pk)):
        assert "区数据平台" in text
        assert made.secret not in text


def test_what_was_typed_stays_beside_what_is_wrong_with_it(officer):
    sent = {"name": "平台", "url": "https://127.0.0.1/in", "kinds": ["welfare.voucher_redeemed"]}
    answer = officer.post(reverse("webhooks_desk:new"), sent)
    assert answer.status_code == 422
    assert "https://127.0.0.1/in" in answer.text
    assert "指向内部网络" in answer.text


def test_each_try_is_listed_and_what_was_given_up_is_sent_again(officer, receiver):
    event = receiver.events.get()
    text = page(officer, "receiver", receiver.pk)
    assert "有 1 件送了三天没送到" in text
    assert "ConnectTimeout" in text
    assert "区数据平台" in officer.get("/desk/").text
    officer.post(reverse("webhooks_desk:again", args=[event.pk]))
    event.refresh_from_db()
    assert (event.state, event.tries) == (Event.State.DUE, 0)


def test_it_is_stopped_after_one_question(officer, receiver):
    address = reverse("webhooks_desk:stop", args=[receiver.pk])
    assert "不再告诉“区数据平台”吗" in officer.get(address).text
    officer.post(address)
    receiver.refresh_from_db()
    assert receiver.stopped_why == "officer"
    assert "已经停了" in officer.get(address).text
    assert officer.post(address).status_code == 409


def test_a_new_secret_is_shown_once_and_the_old_one_signs_on(officer, receiver):
    old = receiver.secret
    shown = officer.post(reverse("webhooks_desk:secret", args=[receiver.pk])).text
    receiver.refresh_from_db()
    assert receiver.secret in shown
    assert receiver.old_secret == old


def test_another_unions_receiver_is_nobody(receiver, cai):
    hers = signed_in(cai)
    event = receiver.events.get()
    for name, number in (("receiver", receiver.pk), ("stop", receiver.pk)):
        assert hers.get(reverse(f"webhooks_desk:{name}", args=[number])).status_code == 404
    for name, number in (("secret", receiver.pk), ("stop", receiver.pk), ("again", event.pk)):
        assert hers.post(reverse(f"webhooks_desk:{name}", args=[number])).status_code == 404
