"""A page does not wait for ever for its database; what is run by a command takes the time it needs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaitingError

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client, RequestFactory

from unionhall.base import patience
from unionhall.base.patience import ImpatientConnection, unhurried
from unionhall.site.mistakes import server_error

SILENCE_S = 1.0
SOON = (
    "-c lock_timeout=200ms -c statement_timeout=400ms -c idle_in_transaction_session_timeout=200ms"
)
ASK = """
from django.db import connection
with connection.cursor() as cursor:
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        cursor.execute(f"SHOW {name}")
        print(*cursor.fetchone())
cursor.db.close_pool()
"""


class SoonSilent(ImpatientConnection):
    """For a test that does not wait seven seconds."""

    silence_s = SILENCE_S


def url() -> str:
    """Of the database of this test."""
    words = connection.get_connection_params()
    given = {
        name: words[name]
        for name in ("dbname", "user", "password", "host", "port")
        if name in words
    }
    return psycopg.conninfo.make_conninfo(**given)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Django's connection is one of a page, with shorter times."""
    connection.close()
    monkeypatch.setattr(psycopg, "connect", SoonSilent.connect)
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", SOON)
    yield
    connection.close()


def sleep(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


@pytest.mark.parametrize(
    ("setting_up", "told"),
    [
        ("import unionhall.site.wsgi", ["5s", "3s", "20s"]),
        ("import django; django.setup()", ["0", "0", "0"]),
    ],
)
def test_pages_are_impatient_and_commands_are_not(setting_up: str, told: list[str]) -> None:
    script = [sys.executable, "-c", f"{setting_up}\n{ASK}"]
    ended = subprocess.run(script, capture_output=True, text=True, check=True, env=os.environ)
    assert ended.stdout.split() == told


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(
    ("headers", "content"), [({}, "12351"), ({"Accept": "application/json"}, "busy")]
)
def test_who_meets_a_lock_is_told_to_come_back(headers: dict[str, str], content: str) -> None:
    with psycopg.connect(url()) as holder:
        holder.execute("LOCK TABLE accounts_session, accounts_cache")
        hers = Client(raise_request_exception=False, headers=headers)
        answer = hers.post("/sign-in/", {"phone": "19900000001", "privacy": "on"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert content in answer.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("page")
def test_a_long_statement_is_ended_unless_it_is_of_a_large_deed() -> None:
    with pytest.raises(OperationalError, match="statement timeout"):
        sleep(60)
    with unhurried(), transaction.atomic():
        sleep(SILENCE_S + 0.5)
    with pytest.raises(OperationalError, match="statement timeout"), transaction.atomic():
        sleep(60)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("page")
def test_a_large_deed_that_fails_leaves_the_connection_hurried() -> None:
    with pytest.raises(ZeroDivisionError), unhurried(), transaction.atomic():
        raise ZeroDivisionError
    with pytest.raises(OperationalError, match="statement timeout"):
        sleep(60)


@pytest.mark.django_db
def test_a_command_is_in_no_hurry_anyway(django_assert_num_queries) -> None:
    with django_assert_num_queries(0), unhurried():
        pass


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("page")
def test_who_sat_on_her_transaction_too_long_is_told_to_come_back() -> None:
    request = RequestFactory().get("/")
    with pytest.raises(Exception, match="idle-in-transaction"), transaction.atomic():
        sleep(0)
        await_the_end_of(connection.connection.info.backend_pid)
        try:
            sleep(0)
        except Exception:
            assert server_error(request).status_code == 503
            raise
    sleep(0)


def await_the_end_of(pid: int) -> None:
    with psycopg.Connection.connect(url(), autocommit=True) as other:
        while other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone():
            other.execute("SELECT pg_sleep(0.02)")


@pytest.fixture
def frozen(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection of the class that the test names, whose server process stands still."""
    with request.param.connect(url(), autocommit=True) as one:
        pid = one.info.backend_pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield one
        finally:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("frozen", [SoonSilent], indirect=True)
def test_a_server_that_stands_still_is_given_up(frozen: SoonSilent) -> None:
    with pytest.raises(psycopg.OperationalError):
        frozen.execute("SELECT 1")
    assert frozen.closed


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("frozen", [psycopg.Connection], indirect=True)
def test_an_ordinary_connection_would_wait_for_ever(
    frozen: psycopg.Connection[tuple[object, ...]],
) -> None:
    """The control."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(frozen.execute, "SELECT 1")
        with pytest.raises(StillWaitingError):
            asked.result(timeout=3 * SILENCE_S)
        os.kill(frozen.info.backend_pid, signal.SIGCONT)
        assert asked.result(timeout=60)


def test_the_client_waits_longer_than_the_server_lets_a_statement_run() -> None:
    assert patience.LOCK_S < patience.STATEMENT_S < patience.SILENCE_S < patience.IDLE_S
