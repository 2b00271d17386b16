"""The other floor: a Django view behind the project's own middleware and session, asking by cursor."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from bench._replayed import Person, Recording, Statement, filled, kept, people

_recordings: dict[str, Recording] = kept(Path(os.environ["BENCH_RECORDINGS"]))
_people: list[Person] = people(Path(os.environ["BENCH_PEOPLE"]))
BY_MIDDLEWARE = ('FROM "accounts_session"', 'FROM "accounts_user"')


def answer(request: HttpRequest, name: str, nth: int) -> HttpResponse:
    """As the product did."""
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    recording, person = _recordings[name], _people[nth]
    given: list[Any] = []
    with connection.cursor() as cursor:
        _ask(cursor, [one for one in recording.statements if not one.whole], person, given)
        with transaction.atomic():
            _ask(cursor, [one for one in recording.statements if one.whole], person, given)
    for blank, where in recording.gives.items():
        person[blank] = filled(where, person, given)
    headers = {"Location": recording.location} if recording.location else {}
    response = HttpResponse(
        recording.body, status=recording.status, headers=recording.headers | headers
    )
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 — lines would slow the floor
    return response


def _ask(cursor: Any, statements: list[Statement], person: Person, given: list[Any]) -> None:  # noqa: ANN401 — whatever stands in a parameter
    for one in statements:
        if any(words in one.sql for words in BY_MIDDLEWARE):
            given.append(())
            continue
        cursor.execute(one.sql, filled(one.params, person, given))
        rows = cursor.fetchall() if cursor.description else []
        given.append(rows[0] if rows else ())


urlpatterns = [path("<str:name>/<int:nth>/", answer)]
