"""What operators' programs are told: alive, ready or why not, and figures in which nobody is to be found."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.tenancy.two_unions import worlds  # noqa: F401 — a fixture
from unionhall.base import metrics
from unionhall.base.errors import Refused
from unionhall.kernel.allotment import actions as allotment
from unionhall.site import turns
from unionhall.site.operators import readiness
from unionhall.site.request_log import RequestLog, Whole
from unionhall.site.short_way import with_short_way
from unionhall.site.tests.test_request_log import Written, _same_connection, ask  # noqa: F401
from unionhall.site.tests.test_turns import Slow, full_house

ALIVE = [
    "DELETE FROM procrastinate_workers",
    "DELETE FROM procrastinate_periodic_defers",
    "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (clock_timestamp())",
    "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp, periodic_id)"
    " VALUES ('a.sweep', extract(epoch FROM clock_timestamp())::bigint, '')",
]


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for one in statements:
            cursor.execute(one)


@pytest.fixture
def alive(db: None) -> None:
    """A worker that gave a sign just now."""
    run(*ALIVE)


def codes(client: Client) -> list[str]:
    answer = client.get("/readyz")
    found = answer.json()
    assert answer.status_code == (503 if found["reasons"] else 200)
    assert found["ready"] is (not found["reasons"])
    assert all(one["what"] for one in found["reasons"])
    return [one["code"] for one in found["reasons"]]


def test_alive_asks_no_database(client):
    """The test has none: a statement would break it."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_a_whole_house_is_ready(client, alive, django_assert_num_queries):
    assert codes(client) == []
    with django_assert_num_queries(2):
        client.get("/readyz")


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("DELETE FROM procrastinate_workers", "worker"),
        ("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'", "worker"),
        ("UPDATE procrastinate_periodic_defers SET defer_timestamp = defer_timestamp - 300", "sweeps"),
        ("DELETE FROM django_migrations WHERE app = 'ledger' AND name LIKE '0002%%'", "migrations"),
    ],
)  # fmt: skip
def test_what_is_broken_is_the_reason(client, alive, broken, code):
    run(broken.replace("%%", "%"))
    assert codes(client) == [code]


def test_a_database_that_does_not_answer_is_the_reason(client, alive):
    def away(*_asked: object) -> object:
        raise OperationalError("gone")

    with connection.execute_wrapper(away):
        assert codes(client) == ["database"]


def test_a_full_disk_is_the_reason(client, alive, monkeypatch):
    monkeypatch.setattr(readiness, "FREE_BYTES", 1 << 60)
    monkeypatch.setattr(readiness, "FREE_PART", 1)
    assert codes(client) == ["disk"]


def test_a_full_line_is_the_reason_and_keeps_nobody_from_asking():
    slow = Slow()
    way = with_short_way(slow)  # type: ignore[arg-type]  # any application

    def application(environ: dict, start: Callable[..., None]) -> object:
        passes = environ["PATH_INFO"] in turns.WITHOUT_A_TURN
        return (way if passes else slow)(environ, start)

    full = turns.stand_before(application)
    try:
        with full_house(slow, full, turns.AT_WORK + turns.IN_LINE, turns.AT_WORK):
            assert [one.code for one in readiness._turns()] == ["turns"]
            assert ask(full, "/healthz")[0] == 200
            assert ask(full, "/")[0] == 503
        assert list(readiness._turns()) == []
    finally:
        turns._before_this_process.clear()


def test_strangers_are_told_the_code_alone(client, db, settings):
    settings.PROXIES = 1
    theirs = client.get("/readyz", headers={"X-Forwarded-For": "203.0.113.9"})
    assert "what" not in theirs.json()["reasons"][0]


# == Figures ==


@pytest.mark.django_db
def test_figures_are_for_our_own_network_or_whoever_has_the_token(client, settings):
    assert client.get("/metrics").status_code == 200
    settings.PROXIES = 1
    stranger = {"X-Forwarded-For": "203.0.113.9"}
    assert client.get("/metrics", headers=stranger).status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="").status_code == 403
    settings.METRICS_TOKEN = "a token of 32 characters, at least"
    for said, status in [("", 403), ("Bearer a token", 403), (f"Bearer {settings.METRICS_TOKEN}", 200), ("Bearer ü", 403)]:  # fmt: skip
        answer = client.get("/metrics", headers={**stranger, "Authorization": said})
        assert answer.status_code == status, said
    assert client.get("/metrics").status_code == 403, "with a token the address opens nothing"


def figures(client: Client) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    pairs = [one.rpartition(" ")[::2] for one in lines if not one.startswith("#")]
    return {name: float(value) for name, value in pairs}


def test_the_database_is_asked_what_waits_and_how_old_it_is(client, alive):
    found = figures(client)
    assert found["unionhall_database_up"] == 1
    assert found["unionhall_workers"] == 1
    assert found['unionhall_sweep_age_seconds{sweep="a.sweep"}'] < 60
    assert found["unionhall_message_overdue_seconds"] >= 0
    assert found["unionhall_ledger_unsealed_seconds"] >= 0


@pytest.mark.django_db
def test_a_database_that_is_away_is_a_figure_too(client):
    def away(*_asked: object) -> object:
        raise OperationalError("gone")

    with connection.execute_wrapper(away):
        assert figures(client)["unionhall_database_up"] == 0


def test_what_became_of_claims_is_counted(client, worlds):  # noqa: F811
    pool, (ours, theirs) = worlds[0].giveaway.pool, worlds
    before = figures(client)
    allotment.claim(pool.pk, member=ours.member)
    with pytest.raises(Refused) as no:
        allotment.claim(pool.pk, member=theirs.member)
    after = figures(client)
    for outcome in ("taken", no.value.code):
        name = f'unionhall_claims_total{{outcome="{outcome}"}}'
        assert after[name] - before.get(name, 0) == 1


@pytest.mark.django_db
def test_requests_are_counted_by_route_and_never_by_address():
    written = Written()
    application = RequestLog(turns.Turns(with_short_way(Whole())), log=written.log)
    for path in ("/privacy/", *(f"/nobody-{n}/" for n in range(50))):
        ask(application, path)
    ask(application, "/privacy/", method="ODD")
    found = figures(Client())
    assert found['unionhall_requests_total{method="GET",route="privacy",status="200"}'] >= 1
    assert found['unionhall_request_seconds_count{route="privacy"}'] >= 1
    assert found['unionhall_requests_total{method="GET",route="-",status="404"}'] >= 50
    assert not [name for name in found if "nobody" in name or "ODD" in name]


COUNTS = "from unionhall.base import metrics; metrics.CLAIMS.labels('taken').inc({n}); metrics.AT_WORK.set({n})"
TELLS = "from unionhall.site.operators.exposition import exposed; import django; django.setup(); print(exposed().decode())"


def test_whichever_process_is_asked_tells_of_all_and_of_the_dead_what_they_counted(tmp_path):
    told = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for number in (2, 3):
        code = COUNTS.format(n=number)
        subprocess.run([sys.executable, "-c", code], env=told, check=True)
    said = subprocess.run(
        [sys.executable, "-c", TELLS], env=told, check=True, capture_output=True, text=True
    )
    assert 'unionhall_claims_total{outcome="taken"} 5.0' in said.stdout
    assert "unionhall_at_work 0.0" in said.stdout or "unionhall_at_work" not in said.stdout


def test_every_name_of_a_label_is_ours():
    labels = {name for one in metrics.REGISTRY._collector_to_names for name in one._labelnames}
    assert labels == {"route", "method", "status", "outcome", "state"}
