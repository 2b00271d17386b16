from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from croniter import croniter
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from procrastinate import App
from procrastinate.periodic import PeriodicDeferrer
from procrastinate.testing import InMemoryConnector

from unionhall.base.replay.actions import KEPT, is_replay
from unionhall.base.replay.models import Seen
from unionhall.base.replay.rules import deed_of
from unionhall.people.accounts.models import Session
from unionhall.site.ticking import NewestOnly
from unionhall.site.worker import RETENTION, SWEEPS, cron

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("seconds", "line"),
    [
        (1, "* * * * * */1"),
        (2, "* * * * * */2"),
        (15, "* * * * * */15"),
        (60, "*/1 * * * *"),
        (600, "*/10 * * * *"),
        (3600, "0 */1 * * *"),
        (6 * 3600, "0 */6 * * *"),
        (24 * 3600, "0 0 * * *"),
    ],
)
def test_seconds_become_a_line_of_cron(seconds: int, line: str) -> None:
    assert cron(seconds) == line
    times = croniter(line, 0)
    assert times.get_next() == seconds
    assert times.get_next() == 2 * seconds


@pytest.mark.parametrize("seconds", [7, 90, 7 * 60, 5 * 3600, 48 * 3600])
def test_a_time_that_does_not_fit_is_refused(seconds: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        cron(seconds)


def test_every_sweep_has_a_name_and_a_time_of_its_own() -> None:
    assert len({sweep.name for sweep in SWEEPS}) == len(SWEEPS)
    assert all(cron(sweep.seconds) for sweep in SWEEPS)


def due_by(schedule: type[PeriodicDeferrer]) -> list[list[int]]:
    """When a sweep of every two seconds is due, by looks at a clock that is set ahead, and back."""
    app = App(connector=InMemoryConnector())
    app.periodic(cron=cron(2))(app.task(name="sweep")(lambda timestamp: timestamp))
    made = schedule(registry=app.periodic_registry)
    looks = [10_000.4, 10_001.9, 10_002.1, 17_202.1, 10_004.1, 10_004.2]
    return [[when for _task, when in made.get_previous_tasks(look)] for look in looks]


def test_a_sweep_is_due_once_at_its_time_however_far_the_clock_is_set() -> None:
    assert due_by(NewestOnly) == [[10_000], [], [10_002], [17_202], [10_004], []]


def test_the_schedule_of_the_queue_makes_up_for_all_and_then_stands_still() -> None:
    ahead, back = due_by(PeriodicDeferrer)[3:5]
    assert (len(ahead), len(back)) == (3_600, 0)


def test_a_worker_loads_nothing_of_the_api() -> None:
    """After a kill it is back the sooner, in the middle of a rush; and it stays small when it says where to go."""
    starting = "import django, sys; django.setup(); import unionhall.site.worker as worker"
    telling = (
        "from django.conf import settings; from django.urls import reverse;"
        "settings.ROOT_URLCONF = worker.PAGES_ALONE; reverse('me')"
    )
    for loaded in (starting, f"{starting}; {telling}"):
        told = subprocess.run(
            [sys.executable, "-c", f"{loaded}; print(*sys.modules)"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
        )
        assert not {"ninja", "pydantic", "unionhall.site.urls"} & set(told.stdout.decode().split())


@pytest.fixture
def workers(transactional_db: None) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Real workers on the test database; whoever still runs at the end is killed.

    A flush leaves procrastinate's tables as they are: what an earlier worker noted would pass for this one's.
    """
    for table in ("procrastinate_periodic_defers", "procrastinate_jobs", "procrastinate_workers"):
        run(f"DELETE FROM {table}")
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for one in started:
        one.kill()
        one.wait()


def start(workers: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    settings = connection.settings_dict
    host = settings["HOST"] or ""
    address = f"postgresql://{settings['USER']}:{settings['PASSWORD']}@/{settings['NAME']}?host={host}&port={settings['PORT']}"
    environment = os.environ | {
        "DATABASE_URL": address.replace("&port=\n", "").removesuffix("&port="),
        "UNIONHALL_POOL": "0",
    }
    command = [sys.executable, "manage.py", "worker"]
    workers.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL))
    return workers[-1]


def test_the_worker_sweeps_and_stops_at_once(workers: list[subprocess.Popen[bytes]]) -> None:
    worker = start(workers)
    wait_for(
        "SELECT count(*) FROM procrastinate_periodic_defers WHERE task_name LIKE '%%deliver_due'",
        worker,
    )
    wait_for("SELECT (max(defer_timestamp) > extract(epoch FROM now()) - 4)::int FROM procrastinate_periodic_defers"
             " WHERE task_name LIKE '%%deliver_due'", worker)  # fmt: skip
    asked = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=10) == 0
    assert time.monotonic() - asked < 3
    assert ask("SELECT count(*) FROM procrastinate_jobs WHERE status NOT IN ('todo', 'doing')") == 0
    assert ask("SELECT count(*) FROM procrastinate_workers") == 0


def test_what_a_killed_worker_held_is_let_go(workers: list[subprocess.Popen[bytes]]) -> None:
    """A job that is running for ever would keep its sweep from running ever again."""
    run("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 day')")
    run("INSERT INTO procrastinate_jobs (queue_name, task_name, lock, status, worker_id)"
        " SELECT 'default', 'x', 'unionhall.kernel.notify.actions.deliver_due', 'doing', id"
        " FROM procrastinate_workers")  # fmt: skip
    worker = start(workers)
    wait_for("SELECT (count(*) = 0)::int FROM procrastinate_jobs WHERE task_name = 'x'", worker)


def wait_for(question: str, worker: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while not ask(question):
        assert worker.poll() is None, "the worker is gone"
        assert time.monotonic() < until, question
        time.sleep(0.1)


def ask(question: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question.replace("%%", "%"))
        return cursor.fetchone()[0]


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_all_that_has_served_is_let_go_by_one_command() -> None:
    assert not is_replay("k", user_id=1, deed=deed_of("test.deed"))
    Seen.objects.update(at=timezone.now() - KEPT * 2)
    Session.objects.create(session_key="k", session_data="", expire_date=timezone.now() - KEPT)
    said = io.StringIO()
    call_command("forget", stdout=said)
    lines = said.getvalue().splitlines()
    assert len(lines) == len(RETENTION) >= 8
    assert {line.split(".")[-1] for line in lines} >= {
        "forget_old_keys: 1",
        "forget_expired_sessions: 1",
        "forget_old_codes: 0",
    }
    assert not Seen.objects.exists()
    assert not Session.objects.exists()


@pytest.mark.parametrize("page", ["run-on-a-server.md", "run-on-a-server.zh-CN.md"])
def test_the_howto_tells_of_everything_that_is_let_go(page: str) -> None:
    told = (ROOT / "docs/howto" / page).read_text()
    assert [one.name for one in RETENTION if f"`{one.function.__name__}`" not in told] == []
