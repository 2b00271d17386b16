"""A mistake has a page in the reader's own size, whatever else is broken."""

from __future__ import annotations

import re
from typing import NoReturn

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.db import IntegrityError, OperationalError
from django.shortcuts import render
from django.test import Client, RequestFactory
from django.utils import translation

from unionhall.site.mistakes import bad_request, server_error

LARGE = 'data-size="elder"'


@pytest.mark.parametrize("page", [server_error, lambda request: bad_request(request, ValueError())])
def test_it_is_as_large_as_all_her_pages(page) -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    request.COOKIES["size"] = signing.get_cookie_signer(salt="size").sign("elder")
    assert LARGE in page(request).text


def test_without_a_database_there_is_still_a_page() -> None:
    class Nobody:
        @property
        def is_authenticated(self) -> NoReturn:
            message = "the database is gone"
            raise RuntimeError(message)

    request = RequestFactory().get("/")
    request.user = Nobody()
    response = server_error(request)
    assert (response.status_code, LARGE in response.text, "12351" in response.text) == (
        500,
        False,
        True,
    )


def answer_to(error: Exception, path: str):
    """What Django's handler of mistakes answers when a view raised this."""

    def view() -> NoReturn:
        raise error

    try:
        view()
    except type(error):
        return server_error(RequestFactory().get(path))


@pytest.mark.parametrize(
    ("path", "content"), [("/quiz/1/", "12351"), ("/api/v1/me/", '{"code": "busy"}')]
)
def test_a_database_that_does_not_answer_is_told_as_busy(path, content) -> None:
    response = answer_to(OperationalError("too many clients"), path)
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert content in response.text


def test_a_mistake_of_ours_is_not_told_as_busy() -> None:
    assert answer_to(IntegrityError("twice"), "/api/v1/me/").status_code == 500


def test_an_address_of_no_verb_is_told_in_the_language_of_the_api(client) -> None:
    assert client.get("/api/v1/members/desk/rolls/x/").json() == {"code": "not_found"}
    assert client.get("/nowhere/")["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_mistake_of_ours_is_told_without_a_question_to_the_database(
    ann, language, django_assert_num_queries
) -> None:
    """Whatever broke may be the database. In her language, for somebody known, with what to say on the phone."""
    request = RequestFactory().get("/quiz/1/")
    request.user = ann.user
    with translation.override(language), django_assert_num_queries(0):
        response = server_error(request)
    told = {"zh-hans": "没办成，是我们这边出了错", "en": "our side"}
    assert told[language] in response.text
    assert "12351" in response.text


THREE_PARTS = re.compile(
    r'class="say">(.+?)</h1>\s*<div class="stack">(.+?)</div>\s*<div class="stack">(.+?)</div>',
    re.DOTALL,
)


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["400", "403", "404", "405", "429", "500", "503", "503_line"])
def test_every_no_says_what_why_and_what_next(status, rf) -> None:
    request = rf.get("/")
    request.user = AnonymousUser()
    found = THREE_PARTS.search(render(request, f"{status}.html").text)
    assert found, status
    assert all(part.strip() for part in found.groups()), status


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["evil.example", "二"])
def test_another_host_is_a_mistake_of_who_asks_and_not_of_ours(host) -> None:
    answer = Client(raise_request_exception=False).get("/nowhere/", HTTP_HOST=host)
    assert answer.status_code == 400
    assert host not in answer.text
