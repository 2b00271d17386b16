"""Bugs to be planted into the product, for the controls; Django is set up when they are."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.features import DatabaseFeatures
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: TID251 - stands for a page
from django.utils import timezone

from unionhall.base.clock import now_in_database

FORGOTTEN = 7  # the question
LOOKED_AT_S = 0.05  # between the look and the writing: long enough that another looks, too


def no_transactions() -> None:
    """Every statement is committed at once, whatever the action says."""
    DatabaseFeatures.uses_savepoints = False
    wrap_statements(commit_behind)


def wrap_statements(wrapper: Callable[..., object]) -> None:
    """Around every statement of every connection to come."""

    def watch(connection: BaseDatabaseWrapper, **_signal: object) -> None:
        if wrapper not in connection.execute_wrappers:  # of a pool, it connects for each request
            connection.execute_wrappers.append(wrapper)

    connection_created.connect(watch, weak=False)


def commit_behind(execute: Callable[..., object], *call: Any) -> object:  # noqa: ANN401 - Django's face
    """Of one statement."""
    result = execute(*call)
    connection = call[-1]["connection"]
    if connection.in_atomic_block:
        connection.connection.commit()
    return result


def read_then_write() -> None:
    """The claim without the row that decides: look how many are left, then write."""
    from unionhall.kernel.allotment.actions import deciding  # noqa: PLC0415 - only now
    from unionhall.kernel.allotment.models import Claim, Pool  # noqa: PLC0415

    def take(pool: Any, claim_ids: list[int]) -> deciding.Decision | None:  # noqa: ANN401 - a Pool
        now = Pool.objects.get(pk=pool.pk)
        if now.taken >= now.capacity:
            return None
        time.sleep(LOOKED_AT_S)
        Pool.objects.filter(pk=pool.pk).update(taken=now.taken + 1, handed_out=now.handed_out + 1)
        claim = Claim.objects.get(pk=claim_ids[0])
        return deciding.Decision([claim], now_in_database(), None, None)

    deciding.take = take  # type: ignore[assignment]


def never_busy() -> None:
    """A database that does not answer is told as a mistake of ours."""
    from unionhall.site import mistakes  # noqa: PLC0415 - only now

    vars(mistakes)["OperationalError"] = ZeroDivisionError


def forgets_answers() -> None:
    """An answer to the seventh question is acknowledged, and not stored."""
    from unionhall.domain.quiz.actions import holding  # noqa: PLC0415 - only now
    from unionhall.domain.quiz.models import Answer  # noqa: PLC0415

    keep = holding.kept

    def kept(attempt: Any, position: int, given: list[str], **rest: Any) -> Any:  # noqa: ANN401 - as the other
        if position != FORGOTTEN:
            return keep(attempt, position, given, **rest)
        return Answer(attempt=attempt, position=position, given=given, **rest)

    holding.kept = kept


def says_kept() -> None:
    """An answer that could not be written is told as kept, as by a queue in memory."""
    from unionhall.site import mistakes  # noqa: PLC0415 - only now

    truth = mistakes.busy

    def busy(request: HttpRequest) -> HttpResponse:
        if request.method != "PUT":
            return truth(request)
        return JsonResponse({"given": json.loads(request.body)["given"]})

    mistakes.busy = busy


def own_clock() -> None:
    """Whoever asks for the database's time is given that of the web server."""

    def given(execute: Callable[..., object], sql: str, *call: Any) -> object:  # noqa: ANN401 - Django's face
        return execute(sql.replace("clock_timestamp()", f"'{timezone.now()}'::timestamptz"), *call)

    wrap_statements(given)


BUGS = {
    bug.__name__: bug
    for bug in (no_transactions, read_then_write, never_busy, forgets_answers, says_kept, own_clock)
}


def plant(name: str) -> None:
    """Raises KeyError."""
    BUGS[name]()
