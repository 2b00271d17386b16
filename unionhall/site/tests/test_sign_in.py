from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import a_phone
from unionhall.kernel.notify.models import Message
from unionhall.people.accounts.models import Consent, Session, SignInCode, User
from unionhall.people.accounts.queries import has_consented
from unionhall.people.members.models import Member
from unionhall.people.members.queries import member_of

pytestmark = pytest.mark.django_db
CONFLICT, UNPROCESSABLE = 409, 422
AGREED = {"privacy": "on", "roll": "on"}


def ask(client: Client, phone: str, path: str = "/sign-in/", **consents: str) -> str:
    """Ask for a code as the page does; the code that was sent, and "" when none was."""
    before = Message.objects.count()
    client.post(path, {"phone": phone, **AGREED, **consents})
    return code_in(Message.objects.order_by("-pk")[0]) if Message.objects.count() > before else ""


def code_in(message: Message) -> str:
    return re.findall(r"\d{6}", message.context)[0]


def signed_in(client: Client) -> int | None:
    return int(client.session["_auth_user_id"]) if "_auth_user_id" in client.session else None


# == It works ==


def test_a_member_signs_in_by_phone_and_code_and_is_found_on_the_roll(
    client: Client, ann: Member
) -> None:
    phone = ann.phone or ""
    Member.objects.filter(pk=ann.pk).update(user=None)
    User.objects.all().delete()
    code = ask(client, phone)
    response = client.post("/sign-in/code/", {"code": f"{code[:3]} {code[3:]}"})
    assert response["Location"] == "/"
    user = User.objects.with_phone(phone).get()
    assert signed_in(client) == user.pk
    assert member_of(user) == ann


def test_who_does_not_agree_to_the_roll_signs_in_and_is_not_looked_for(
    client: Client, ann: Member
) -> None:
    Member.objects.filter(pk=ann.pk).update(user=None)
    code = ask(client, ann.phone or "", roll="")
    client.post("/sign-in/code/", {"code": code})
    user = User.objects.with_phone(ann.phone or "").get()
    assert member_of(user) is None
    assert has_consented(user, Consent.Kind.PRIVACY)
    assert not has_consented(user, Consent.Kind.WINNERS)


def test_she_comes_back_to_the_page_she_wanted(client: Client) -> None:
    response = client.post("/sign-in/", {"phone": a_phone(), "next": "/me/?a=1", **AGREED})
    assert response["Location"] == "/sign-in/code/?next=%2Fme%2F%3Fa%3D1"
    code = code_in(Message.objects.get())
    assert (
        client.post("/sign-in/code/", {"code": code, "next": "/me/?a=1"})["Location"] == "/me/?a=1"
    )


OUTSIDE = [
    "//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "https://evil.example", "https:///evil.example",
    "/\t/evil.example", "/\n/evil.example", "/%09/evil.example\x00", "javascript:alert(1)", "data:text/html,x", "evil.example",
    "///evil.example", "http:\\\\evil.example", "@evil.example", "／／evil.example", "/\u2028/evil.example", " //evil.example",
]  # fmt: skip


@pytest.mark.parametrize("outside", OUTSIDE)
def test_nobody_is_led_outside(client: Client, dee: User, outside: str) -> None:
    client.force_login(dee)
    for response in (
        client.get("/sign-in/", {"next": outside}),
        client.post("/me/theme/", {"theme": "", "next": outside}),
    ):
        assert response.status_code == 302
        assert response["Location"] == "/"


def test_who_is_signed_in_is_not_asked_again(client: Client, dee: User) -> None:
    client.force_login(dee)
    assert client.get("/sign-in/")["Location"] == "/"
    assert client.get("/sign-in/code/")["Location"] == "/sign-in/"


def test_signing_out_is_a_post_and_ends_the_session(client: Client, dee: User) -> None:
    client.force_login(dee)
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert signed_in(client) is None


# == Consent ==


def test_no_consent_is_ticked_beforehand(client: Client) -> None:
    page = client.get("/sign-in/").content.decode()
    assert page.count('type="checkbox"') == 4
    assert "checked" not in page


def test_without_the_privacy_notice_no_code_is_sent(client: Client) -> None:
    response = client.post("/sign-in/", {"phone": a_phone(), "privacy": ""})
    assert response.status_code == UNPROCESSABLE
    assert not Message.objects.exists()


# == Wrong input ==


@pytest.mark.parametrize(
    "phone", ["", "123", "010-66668888", "1990000000a", "1" * 200, "199\x000000000", "𠮷"]
)
def test_what_is_no_mobile_number_is_said_so(client: Client, phone: str) -> None:
    response = client.post("/sign-in/", {"phone": phone, **AGREED})
    assert response.status_code == UNPROCESSABLE
    assert "aria-invalid" in response.content.decode()


def test_a_number_is_read_as_people_write_it(client: Client) -> None:
    phone = a_phone()
    assert ask(client, f"+86 {phone[:3]}-{phone[3:7]} {phone[7:]}")
    assert SignInCode.objects.get().phone == phone


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "1" * 500])
def test_what_are_not_six_digits_costs_no_guess(client: Client, code: str) -> None:
    ask(client, a_phone())
    assert client.post("/sign-in/code/", {"code": code}).status_code == UNPROCESSABLE
    assert SignInCode.objects.get().guesses_left == 5


def test_a_wrong_code_says_how_many_tries_are_left(client: Client) -> None:
    code = ask(client, a_phone())
    response = client.post("/sign-in/code/", {"code": f"{(int(code) + 1) % 10**6:06}"})
    assert response.status_code == CONFLICT
    assert "还可以试 4 次" in response.content.decode()


def test_the_code_never_stands_in_an_answer(client: Client) -> None:
    phone = a_phone()
    answer = client.post("/sign-in/", {"phone": phone, **AGREED}, follow=True)
    assert code_in(Message.objects.get()) not in answer.content.decode()
    assert phone not in answer.content.decode()


# == The wrong person ==


def test_a_code_asked_for_in_one_browser_opens_no_other(client: Client) -> None:
    phone = a_phone()
    code = ask(client, phone)
    other = Client()
    assert other.post("/sign-in/code/", {"code": code})["Location"] == "/sign-in/"
    ask(other, a_phone())
    assert other.post("/sign-in/code/", {"code": code}).status_code == CONFLICT
    assert signed_in(other) is None


def test_a_session_given_before_signing_in_is_worth_nothing_after(client: Client) -> None:
    code = ask(client, a_phone())
    before = client.session.session_key
    client.post("/sign-in/code/", {"code": code})
    assert signed_in(client)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_stopped_login_is_out_at_the_next_request(client: Client, dee: User) -> None:
    client.force_login(dee)
    assert client.get("/me/").status_code == 200
    User.objects.filter(pk=dee.pk).update(is_active=False)
    assert client.get("/me/").status_code == 302


def test_no_session_holds_a_phone_number_in_clear(client: Client) -> None:
    phone = a_phone()
    ask(client, phone)
    assert phone not in str(Session.objects.get().get_decoded())


# == Known and unknown are treated alike ==


def test_known_and_unknown_phones_get_the_same_answer_for_the_same_work(dee: User) -> None:
    seen = []
    for phone in (dee.phone, a_phone()):
        client = Client()
        client.get("/sign-in/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            first = client.post("/sign-in/", {"phone": phone, **AGREED})
        page = client.get(first["Location"]).content.decode()
        seen.append((first.status_code, first["Location"], len(queries), comparable(page)))
    assert seen[0] == seen[1]


def test_the_second_ask_is_refused_alike(dee: User) -> None:
    pages = []
    for phone in (dee.phone, a_phone()):
        client = Client()
        ask(client, phone)
        response = client.post("/sign-in/", {"phone": phone, **AGREED})
        pages.append((response.status_code, comparable(response.content.decode())))
    assert pages[0] == pages[1]
    assert pages[0][0] == CONFLICT


def comparable(page: str) -> str:
    """A page without what differs from visit to visit."""
    page = re.sub(r"199\d{8}|199\*{4}\d{4}", "PHONE", page)
    page = re.sub(r"\d+ 秒|data-countdown=\"\d+\"", "SECONDS", page)
    return re.sub(r'csrf[a-z]*"? ?(name|value)?[^>]*>|x-csrftoken": "[^"]*"', "TOKEN", page)


# == Again ==


def test_a_second_text_within_a_minute_is_refused_with_the_time_to_wait(client: Client) -> None:
    ask(client, a_phone())
    response = client.post("/sign-in/again/")
    assert response.status_code == CONFLICT
    assert re.search(r"\d+ 秒后可以再发", response.content.decode())
    assert Message.objects.count() == 1


def test_asking_again_without_having_asked_starts_anew(client: Client) -> None:
    assert client.post("/sign-in/again/")["Location"] == "/sign-in/"


def test_what_was_chosen_before_signing_in_is_kept(client: Client) -> None:
    client.post("/me/text-size/", {"size": "elder"})
    client.post("/me/language/", {"language": "en"})
    code = ask(client, a_phone())
    client.post("/sign-in/code/", {"code": code})
    user = User.objects.get()
    assert (user.text_size, user.language) == ("elder", "en")
