"""The web server and the worker on one database: started, broken, started again, as children of ours."""

from __future__ import annotations

import http.client
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from demo import processes, running
from demo.addresses import Front, free_port
from faults.cluster import Cluster, children_of, send

HOST = "127.0.0.1"
PATIENCE_S = 30.0
POLL_S = 0.05
PARTS = ("web", "worker", "database")
PRODUCT = "unionhall.site.wsgi:application"


@dataclass
class House:
    """What runs on ``database``; ``application`` is the WSGI function that the web server serves."""

    cluster: Cluster
    database: str
    application: str = PRODUCT
    more: Mapping[str, str] = field(default_factory=dict)  # of the environment
    front: Front = field(init=False)
    children: dict[str, processes.Child] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)  # by the web server, while waiting for it

    def __post_init__(self) -> None:
        self.front = Front(HOST, free_port(HOST, 0), https=False, hosts=("localhost",))

    @property
    def anchor(self) -> Path:
        """Of the ledger in this database, beside those of the others."""
        return self.cluster.folder / f"{self.database}.anchor"

    def words(self, part: str) -> list[str]:
        """The command line of one part."""
        if part == "worker":
            return running.worker()
        return [*running.web(self.cluster.folder, self.front)[:-1], self.application]

    def start(self, part: str) -> None:
        """One child, in a session of its own."""
        log = self.cluster.folder / f"log/{self.database}-{part}.log"
        before = dict(os.environ)
        os.environ.update(running.environment(self.cluster.folder, self.front))
        os.environ["UNIONHALL_ANCHOR"] = str(self.anchor)
        os.environ.update({"DATABASE_URL": self.cluster.url(self.database), **self.more})
        try:
            self.children[part] = processes.start(part, [sys.executable, *self.words(part)], log)
        finally:
            os.environ.clear()
            os.environ.update(before)

    def kill(self, part: str) -> None:
        """By kill -9, of the head alone: what it leaves behind is the supervisor's to clear away."""
        if part == "database":
            self.cluster.kill()
            return
        self.children[part].process.kill()
        self.children[part].process.wait()

    def tend(self) -> None:
        """What a service manager does: look who has ended, clear up behind him, start him again."""
        self.cluster.tend()
        for part, child in list(self.children.items()):
            if child.process.poll() is not None:
                clear(child)
                self.start(part)

    def freeze(self, part: str) -> None:
        """SIGSTOP of one part and all that belongs to it."""
        if part == "database":
            self.cluster.freeze()
            return
        head = self.children[part].process.pid
        for pid in (head, *children_of(head)):
            send(pid, signal.SIGSTOP)

    def thaw(self, part: str) -> None:
        """SIGCONT."""
        if part == "database":
            self.cluster.thaw()
            return
        head = self.children[part].process.pid
        for pid in (*children_of(head), head):
            send(pid, signal.SIGCONT)

    def wait_for(self, part: str) -> float:
        """Seconds until the part does its work again; starts again whoever has ended meanwhile."""
        began = time.monotonic()
        since = time.time()
        self.told.clear()
        self.tend()
        while not self.works(part, since):
            self.tend()
            if time.monotonic() - began > PATIENCE_S:
                raise processes.ChildError(f"{part} was not back within {PATIENCE_S:.0f} s")
            time.sleep(POLL_S)
        return time.monotonic() - began

    def works(self, part: str, since: float) -> bool:
        """Whether this part does its work; a worker must have said so after ``since``."""
        if part == "worker":
            return self.has_a_worker(since)
        return self.answers() if part == "web" else self.is_reached()

    def answers(self) -> bool:
        """Whether a page comes that needs the database."""
        line = http.client.HTTPConnection(HOST, self.front.port, timeout=5)
        try:
            line.request("GET", "/api/v1/me/", headers={"Cookie": "sessionid=" + "0" * 32})
            status = line.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            self.told[type(error).__name__] += 1
            return False
        self.told[str(status)] += 1
        return status in {200, 401}

    def why_late(self) -> str:
        """What whoever waited for the web server was told, and what the database waits for just now."""
        waits = "SELECT wait_event, count(*) FROM pg_stat_activity WHERE state <> 'idle' GROUP BY 1"
        with suppress(psycopg.Error), self.connected() as rows:
            return f"told {dict(self.told)}; waits {dict(rows.execute(waits).fetchall())}"
        return f"told {dict(self.told)}"

    def is_reached(self) -> bool:
        """Whether the database takes a connection."""
        with suppress(psycopg.OperationalError), self.connected():
            return True
        return False

    def has_a_worker(self, since: float) -> bool:
        """Whether a worker has shown itself in the database after ``since``."""
        newest = "SELECT extract(epoch FROM max(last_heartbeat)) FROM procrastinate_workers"
        with suppress(psycopg.Error), self.connected() as rows:
            return float((rows.execute(newest).fetchone() or [0])[0] or 0) > since
        return False

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection]:
        """As the owner, by psycopg alone."""
        url = self.cluster.url(self.database, owner=True)
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as rows:
            yield rows


@contextmanager
def house(
    cluster: Cluster,
    database: str,
    *,
    application: str = PRODUCT,
    worker: bool = True,
    **more: str,
) -> Iterator[House]:
    """On a fresh copy of the pristine database; all is gone behind the block."""
    cluster.copy(database)
    one = House(cluster, database, application, more)
    try:
        one.start("web")
        if worker:
            one.start("worker")
        for part in one.children:
            one.wait_for(part)
        yield one
    finally:
        for child in one.children.values():
            clear(child)
        with suppress(psycopg.Error):
            cluster.drop(database)


def clear(child: processes.Child) -> None:
    """Nothing is left of it: the session is ours, made for this child alone."""
    with suppress(ProcessLookupError):
        os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()
