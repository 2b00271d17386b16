from __future__ import annotations

import pytest
from django.test import Client

from unionhall.kernel.notify import actions as notify
from unionhall.kernel.notify.models import ConsoleText
from unionhall.kernel.notify.queries import unread
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann_client(client: Client, ann: Member) -> Client:
    assert ann.user is not None
    client.force_login(ann.user)
    return client


def page(client: Client, address: str = "/inbox/") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_the_inbox_shows_what_she_was_told(ann_client: Client, ann: Member, chen: Member) -> None:
    assert "还没有消息" in page(ann_client)
    notify.send(ann, "trial/told", what="赢了", url="/vouchers/")
    notify.send(chen, "trial/told", what="与她无关")
    shown = page(ann_client)
    assert "1 条没看过" in shown
    assert "<strong>赢了</strong>" in shown
    assert "与她无关" not in shown


def test_a_message_leads_to_what_it_is_about_and_is_read_then(
    ann_client: Client, ann: Member
) -> None:
    message = notify.send(ann, "trial/told", what="赢了", url="/vouchers/")
    assert ann_client.get(f"/inbox/{message.pk}/").headers["Location"] == "/vouchers/"
    assert unread(ann) == 0
    assert "都看过了" in page(ann_client)


@pytest.mark.parametrize("url", ["", "//elsewhere.example/", "https://elsewhere.example/"])
def test_a_message_leads_nowhere_else(ann_client: Client, ann: Member, url: str) -> None:
    message = notify.send(ann, "trial/told", what="赢了", url=url)
    assert ann_client.get(f"/inbox/{message.pk}/").headers["Location"] == "/inbox/"


def test_messages_are_ticked_off_one_by_one_or_all(ann_client: Client, ann: Member) -> None:
    first = notify.send(ann, "trial/told", what="一")
    for what in "二三":
        notify.send(ann, "trial/told", what=what)
    assert ann_client.post(f"/inbox/{first.pk}/read/").status_code == 302
    assert unread(ann) == 2
    assert ann_client.post("/inbox/read/").status_code == 302
    assert unread(ann) == 0


def test_nobody_opens_the_message_of_somebody_else(ann_client: Client, chen: Member) -> None:
    message = notify.send(chen, "trial/told", what="一")
    assert ann_client.get(f"/inbox/{message.pk}/").status_code == 404
    assert ann_client.post(f"/inbox/{message.pk}/read/").status_code == 404
    assert unread(chen) == 1


def test_whoever_is_on_no_roll_has_an_empty_inbox(client: Client, dee: User) -> None:
    client.force_login(dee)
    assert "还没有消息" in page(client)
    assert client.post("/inbox/read/").status_code == 302


def test_the_inbox_asks_who_reads(client: Client) -> None:
    assert "sign-in" in client.get("/inbox/").headers["Location"]


def test_the_demonstration_shows_its_texts(client: Client, settings: object) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]
    assert "还没有短信" in page(client, "/demo/texts/")
    for nth, phone in enumerate(("19900000001", f"138{0:08}")):
        ConsoleText.objects.create(
            key=f"00000000-0000-0000-0000-00000000000{nth}", phone=phone, text="验证码 123456"
        )
    shown = page(client, "/demo/texts/")
    assert "19900000001" in shown
    assert f"138{0:08}" not in shown
    assert "138" in shown


def test_texts_are_shown_in_a_demonstration_only(client: Client, settings: object) -> None:
    settings.DEMO = False  # type: ignore[attr-defined]
    assert client.get("/demo/texts/").status_code == 404
