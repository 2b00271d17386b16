"""Every text field of every form on every page × hostile texts: nothing breaks, nothing comes back as markup.

Forms are read from the pages themselves, so that a new field is in it from its first day. In short each field gets the
next few texts of the list; with ``UNIONHALL_FULL=1`` so many that each text has stood in a dozen fields.
"""

from __future__ import annotations

import itertools
import os

import pytest
from django.db import transaction
from django.template import base as templates

from tests.attacks.forms import read
from tests.attacks.pages import shown
from tests.attacks.payloads import hostile_texts
from tests.tenancy.two_unions import clients, worlds  # noqa: F401 — two fixtures

pytestmark = pytest.mark.django_db
EACH = 40 if os.environ.get("UNIONHALL_FULL") else 3
OWN_TRANSACTIONS = ("/sign-in/", "/second-factor/")  # a guess stays counted whatever comes after
ENDS_HER_SESSION = "/sign-out/"


def forms_of(clients, world):  # noqa: F811
    """Each form once, with the browser that was shown it."""
    known = set()
    for who, path, html in shown(clients, world):
        for form in read(path, html).forms:
            key = form.method, form.action.partition("?")[0], tuple(form.typed)
            if form.action.startswith(ENDS_HER_SESSION) or key in known:
                continue
            known.add(key)
            yield clients[who], form


def sent(browser, form, said):
    ask = getattr(browser, form.method)
    if form.action.startswith(OWN_TRANSACTIONS):
        return ask(form.action, said)
    with transaction.atomic():
        answer = ask(form.action, said)
        transaction.set_rollback(True)
    return answer


def broken_by(clients, world, *, each=EACH, only=None):  # noqa: F811
    """What broke or came back as markup, a line each, and how many fields were tried."""
    texts, found, fields = itertools.cycle(hostile_texts()), [], 0
    for browser, form in forms_of(clients, world):
        if only and only not in form.action:
            continue
        for name in form.typed:
            fields += 1
            for text in itertools.islice(texts, each):
                sendable = text.encode("utf-8", "replace").decode()
                answer = sent(browser, form, form.fields | {name: sendable})
                seen = b"" if answer.streaming else answer.content
                is_page = answer.get("Content-Type", "").startswith("text/html")
                markup = read(form.action, seen.decode()).markup if is_page else 0
                if answer.status_code >= 500 or markup:
                    line = f"{form.method} {form.action} {name}={text[:80]!r}"
                    found.append(f"{line}: {answer.status_code}, {markup} times markup")
    return found, fields


def test_no_text_in_any_field_breaks_or_becomes_markup(worlds, clients):  # noqa: F811
    found, fields = broken_by(clients, worlds[0])
    assert found[:20] == []
    assert fields > 90


def test_a_page_that_escapes_nothing_would_be_caught(worlds, clients, monkeypatch):  # noqa: F811
    monkeypatch.setattr(templates, "conditional_escape", str)
    found, _fields = broken_by(clients, worlds[0], each=40, only="/desk/welfare/merchants/")
    assert any("times markup" in line for line in found)
