from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory

from unionhall.base.access import allowed, public, signed_in
from unionhall.people.accounts.models import User


def page(request):
    return HttpResponse("secret")


def is_staff(user):
    return user.is_staff


def ask(view, user, method="get", path="/quiz/7/?a=b"):
    request = getattr(RequestFactory(), method)(path)
    request.user = user
    return view(request)


def test_each_view_says_who_reads_it():
    assert public(page).reader == "public"
    assert signed_in(page).reader == "signed in"
    assert allowed(is_staff)(page).reader == "is_staff"


def test_a_stranger_is_sent_to_sign_in_and_comes_back():
    response = ask(signed_in(page), AnonymousUser())
    assert (response.status_code, response.url) == (302, "/sign-in/?next=/quiz/7/%3Fa%3Db")


def test_after_a_form_a_stranger_does_not_come_back_to_an_address_that_only_takes_forms():
    assert ask(signed_in(page), AnonymousUser(), method="post").url == "/sign-in/?next=/"


def test_who_is_not_allowed_gets_a_no():
    with pytest.raises(PermissionDenied):
        ask(allowed(is_staff)(page), User(is_staff=False))
    assert ask(allowed(is_staff)(page), User(is_staff=True)).content == b"secret"
