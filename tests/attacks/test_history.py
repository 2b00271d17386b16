"""Hostile names in the lines of history: a line is text, and the page that shows it escapes it, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import timezone
from django.utils.html import escape

from tests.cast import a_login
from unionhall.base.ledger.models import Entry
from unionhall.people.unions.queries import told

WORDINGS = sorted(
    path
    for path in Path(settings.ROOT, "unionhall").glob("**/templates/*/ledger/*.txt")
    if not path.name.startswith("_")
)
NAME = '<img src=x data-pwned> & "O\'Brien"'


@pytest.mark.django_db
def test_every_line_shows_the_name_of_who_did_it_as_it_was_typed() -> None:
    doer = a_login(NAME)
    deeds = [f"{path.parts[-3]}.{path.stem}" for path in WORDINGS]
    lines = told(Entry(action=deed, by_id=doer.pk, at=timezone.now()) for deed in deeds)
    page = Template("{% for one in lines %}{{ one.sentence }}{% endfor %}")
    shown = page.render(Context({"lines": lines}))
    said = "".join(one.sentence for one in lines)
    assert "&lt;" not in said
    assert said.count(NAME) > 50
    assert shown.count(escape(NAME)) == said.count(NAME)
    assert "<img" not in shown
