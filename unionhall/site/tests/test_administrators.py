"""The three administrators: each her own page, none sees a member, and a right that is gone is gone at once."""

from __future__ import annotations

import pytest

from tests.people import a_login
from unionhall.base.ledger.queries import entries_like
from unionhall.people.accounts.models import Session
from unionhall.people.unions import actions as unions
from unionhall.people.unions.rules.roles import ADMINISTRATORS
from unionhall.people.unions.tests.test_desk import at_the_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(client, district):
    def open_as(role):
        head, user = a_login("周主席"), a_login("钱谷雨")
        unions.appoint(head, union=district, role="chair")
        unions.appoint(user, union=district, role=role, by=head)
        return at_the_desk(client, user), user

    return open_as


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_each_opens_her_own_page_and_no_other(at, role, ann, bo):
    browser, user = at(role)
    for other in ADMINISTRATORS:
        answer = browser.get(f"/operator/{other}/")
        assert answer.status_code == (200 if other == role else 403)
        assert ann.name not in answer.text
    for page in ("/desk/", "/desk/members/", f"/desk/members/{ann.pk}/"):
        assert browser.get(page).status_code == 403
    unions.dismiss(user.offices.get(), by=bo)
    assert browser.get(f"/operator/{role}/").status_code == 403


def test_the_second_factor_stands_before_them(client, district, fu):
    user = a_login("钱谷雨")
    unions.appoint(user, union=district, role="audit")
    client.force_login(user)
    answer = client.get("/operator/audit/")
    assert answer.status_code == 302
    assert "/second-factor/" in answer["Location"]


def test_security_signs_an_officer_out_and_nobody_else(at, client, ann, bo):
    browser, _user = at("security")
    type(browser)().force_login(bo)
    assert Session.objects.filter(user=bo).exists()
    html = browser.get("/operator/security/", {"q": bo.name}).text
    assert "没有" in html
    browser.post(f"/operator/security/{bo.pk}/sign-out/")
    assert not Session.objects.filter(user=bo).exists()
    assert browser.post(f"/operator/security/{ann.user_id}/sign-out/").status_code == 404


def test_the_ledger_is_narrowed(at, ann):
    browser, _user = at("audit")
    html = browser.get("/operator/audit/", {"action": "unions.officer"}).text
    assert "unions.officer_appointed" in html
    assert "members.member_admitted" not in html
    assert "周主席" in html
    assert entries_like("members.").exists()
