from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import Consent, User
from unionhall.people.accounts.queries import has_consented
from unionhall.people.members import actions as roll
from unionhall.people.members.models import Member
from unionhall.people.members.queries import member_of

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(client: Client, ann: Member) -> User:
    assert ann.user
    client.force_login(ann.user)
    return ann.user


def test_her_page_is_hers_alone(client: Client) -> None:
    assert client.get("/me/")["Location"] == "/sign-in/?next=/me/"


def test_she_sees_what_is_known_and_no_number_in_full(
    client: Client, user: User, ann: Member
) -> None:
    page = client.get("/me/").content.decode()
    for known in (ann.name, "七号厂工会", user.phone[-4:]):
        assert known in page
    assert user.phone not in page
    assert ann.id_number not in page


def test_she_sees_who_looked_and_what_at(client: Client, user: User, ann: Member, bo: User) -> None:
    assert "还没有人看过" in client.get("/me/").content.decode()
    roll.unmask(ann, field="id_number", by=bo)
    page = client.get("/me/").content.decode()
    assert f"七号厂工会 {bo.name}" in page
    assert "看了完整的证件号码" in page


def test_she_does_not_see_who_looked_at_others(
    client: Client, user: User, chen: Member, cai: User
) -> None:
    roll.unmask(chen, field="phone", by=cai)
    assert cai.name not in client.get("/me/").content.decode()


def test_ten_looks_cost_no_more_than_one(
    client: Client,
    user: User,
    ann: Member,
    bo: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    roll.unmask(ann, field="phone", by=bo)
    client.get("/me/")
    with django_assert_num_queries(13):
        client.get("/me/")
    for _look in range(9):
        roll.unmask(ann, field="phone", by=bo)
    with django_assert_num_queries(13):
        client.get("/me/")


def test_consent_is_given_and_withdrawn_by_one_press_each(client: Client, user: User) -> None:
    for given in ("yes", "yes"):
        client.post("/me/consents/winners/", {"given": given})
        assert has_consented(user, Consent.Kind.WINNERS)
    for given in ("no", "no"):
        client.post("/me/consents/winners/", {"given": given})
        assert not has_consented(user, Consent.Kind.WINNERS)
    assert Consent.objects.filter(user=user, kind=Consent.Kind.WINNERS).count() == 1


def test_without_the_privacy_notice_nobody_stays_signed_in(client: Client, user: User) -> None:
    accounts.give_consent(user, Consent.Kind.PRIVACY)
    client.post("/me/consents/privacy/", {"given": "no"})
    assert not has_consented(user, Consent.Kind.PRIVACY)
    assert client.get("/me/").status_code == 302


def test_there_is_no_consent_of_another_kind(client: Client, user: User) -> None:
    assert client.post("/me/consents/marketing/", {"given": "yes"}).status_code == 404
    assert client.get("/me/consents/sms/").status_code == 405


def test_agreeing_to_the_roll_finds_her_there(client: Client, user: User, ann: Member) -> None:
    Member.objects.filter(pk=ann.pk).update(user=None)
    assert "还没和会员名册核对" in client.get("/me/").content.decode()
    client.post("/me/consents/roll/", {"given": "yes"})
    assert member_of(user) == ann


def test_a_phone_that_is_on_no_roll_is_told_what_to_do(client: Client, dee: User) -> None:
    client.force_login(dee)
    client.post("/me/consents/roll/", {"given": "yes"})
    assert "名册里没找到你的手机号" in client.get("/me/").content.decode()


def test_more_time_is_given_to_whoever_asks(client: Client, user: User) -> None:
    for wish, given in (("yes", True), ("no", False)):
        client.post("/me/more-time/", {"more_time": wish})
        user.refresh_from_db()
        assert user.more_time is given


def test_nobody_changes_anothers_wishes(client: Client, user: User, dee: User) -> None:
    client.post("/me/more-time/", {"more_time": "yes", "user": dee.pk, "id": dee.pk})
    client.post("/me/consents/sms/", {"given": "yes", "user": dee.pk})
    dee.refresh_from_db()
    assert not dee.more_time
    assert not has_consented(dee, Consent.Kind.SMS)


def test_privacy_withdrawn_ends_her_sessions_on_every_device(
    client: Client, user: User, ann: Member
) -> None:
    accounts.give_consent(user, Consent.Kind.PRIVACY)
    other = type(client)()
    other.force_login(user)
    assert other.get("/me/").status_code == 200
    client.post("/me/consents/privacy/", {"given": "no"})
    assert client.get("/me/").status_code == other.get("/me/").status_code == 302
