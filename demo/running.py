"""Database, web server and worker together, and the environment they share."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import ssl
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from demo import certificate
from demo.processes import ROOT, Child, ChildError, demand_alive, start, stop
from fakes.city import City
from fakes.server import serving
from fakes.wechat import WeChat
from unionhall.base import provisions
from unionhall.site.turns import THREADS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from demo.addresses import Front
    from unionhall.base.embedded import Server

START_PATIENCE_S = 60


@dataclass
class House:
    """What runs, and the table of those who may sign in."""

    front: Front
    cast: str
    database: int | None
    children: list[Child] = field(default_factory=list)

    def watch(self) -> None:
        """Returns never; raises ChildError as soon as a child has ended."""
        while True:
            for child in self.children:
                demand_alive(child)
            time.sleep(0.2)


@contextmanager
def running(data: Path, front: Front) -> Iterator[House]:
    """Starts all, and stops all in the opposite order. Raises ChildError and EmbeddedError."""
    os.environ.update(environment(data, front))
    (data / "log").mkdir(parents=True, exist_ok=True)  # the embedded server would make it
    with provisions.provided() as server, ExitStack() as stack:
        os.environ.update(stack.enter_context(fake_doors(front)))
        house = House(front, cast_of(data, server), server.pid if server else None)
        for name, words in (("web server", web(data, front)), ("worker", worker())):
            log = data / "log" / f"{name.replace(' ', '-')}.log"
            child = start(name, [sys.executable, *words], log)
            stack.callback(stop, child)
            house.children.append(child)
        wait_until_it_answers(house)
        yield house


def environment(data: Path, front: Front) -> dict[str, str]:
    """What makes a demonstration of the product; all else stays as it is in earnest."""
    return {
        "UNIONHALL_DATA": str(data),
        "UNIONHALL_ANCHOR": "",  # a house of its own has its own, never that of one in earnest
        "UNIONHALL_DEMO": "1",
        "UNIONHALL_HTTPS": "1" if front.https else "0",
        "UNIONHALL_TEST_IDS": "1",
        "UNIONHALL_POOL": "1",
        "UNIONHALL_HOSTS": ",".join((*front.hosts, "127.0.0.1", "[::1]")),
        "UNIONHALL_ORIGINS": ",".join(front.urls),
        "DJANGO_SETTINGS_MODULE": "unionhall.site.settings",
    }


@contextmanager
def fake_doors(front: Front) -> Iterator[dict[str, str]]:
    """What stands for WeChat and for a city's identity; the variables by which the house finds them."""
    wechat, city, known_as = WeChat(), City(), front.hosts[-1]
    with (
        serving(wechat, front.host, known_as=known_as) as wechats,
        serving(city, front.host, known_as=known_as) as citys,
    ):
        yield {
            "UNIONHALL_OUTBOUND_PRIVATE": "1",  # they stand on this machine
            "UNIONHALL_WECHAT_APP_ID": wechat.app_id,
            "UNIONHALL_WECHAT_SECRET": wechat.secret,
            "UNIONHALL_WECHAT_OPEN_URL": wechats,
            "UNIONHALL_WECHAT_API_URL": wechats,
            "UNIONHALL_OIDC_ISSUER": citys,
            "UNIONHALL_OIDC_CLIENT_ID": city.client_id,
            "UNIONHALL_OIDC_SECRET": city.secret,
            "UNIONHALL_OIDC_NAME": "云桥通",
        }


def cast_of(data: Path, server: Server | None) -> str:
    """The table of the cast, after tables and data were brought up to date.

    A second start with the same code has nothing to do; the note about it lies with our database.
    """
    if server is None:
        return prepare(data / "log/prepare.log")
    note, code = server.place.folder / "prepared.json", fingerprint()
    with suppress(OSError, ValueError):
        kept = json.loads(note.read_text())
        if kept["code"] == code:
            return str(kept["cast"])
    cast = prepare(data / "log/prepare.log")
    note.write_text(json.dumps({"code": code, "cast": cast}))
    return cast


def fingerprint() -> str:
    """Of all that :func:`prepare` depends on, once the demonstration is loaded."""
    files = [*ROOT.glob("unionhall/**/migrations/*.py"), *ROOT.glob("unionhall/site/**/cast.py")]
    contents = [path.read_bytes() for path in sorted((*files, ROOT / "requirements/run.txt"))]
    return hashlib.sha256(b"".join(contents)).hexdigest()


def prepare(log: Path) -> str:
    """Brings tables and demonstration data up to date; the table of the cast."""
    owner = {"DATABASE_URL": os.environ.get("DATABASE_OWNER_URL", os.environ["DATABASE_URL"])}
    with log.open("wb") as said:
        ended = subprocess.run(
            [sys.executable, "-m", "demo.prepare"],
            cwd=ROOT,
            env=os.environ | owner,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            check=False,
        )
    if ended.returncode != 0:
        raise ChildError(f"The demonstration could not be prepared:\n{log.read_text().rstrip()}")
    return ended.stdout.decode().strip("\n")


def web(data: Path, front: Front) -> list[str]:
    """Granian with one process: threads share its memory, and the database decides races anyway."""
    words = ["-m", "granian", "--interface", "wsgi", "--no-ws", "--blocking-threads", str(THREADS)]
    words += ["--host", front.host, "--port", str(front.port), "--http", "1"]
    if front.https:
        words += ["--ssl-certificate", str(certificate.chain(data))]
        words += ["--ssl-keyfile", str(certificate.key(data)), "--ssl-protocol-min", "tls1.2"]
    return [*words, "unionhall.site.wsgi:application"]


def worker() -> list[str]:
    """The periodic jobs and deliveries."""
    return ["manage.py", "worker"]


def wait_until_it_answers(house: House) -> None:
    """Any answer over HTTP will do. Raises ChildError."""
    deadline = time.monotonic() + START_PATIENCE_S
    while not answers(house.front):
        for child in house.children:
            demand_alive(child)
        if time.monotonic() > deadline:
            raise ChildError(f"The web server did not answer within {START_PATIENCE_S} s.")
        time.sleep(0.05)


def answers(front: Front) -> bool:
    """Whether somebody speaks HTTP there."""
    host = "127.0.0.1" if front.host == "0.0.0.0" else front.host  # noqa: S104 - compared only
    if front.https:
        nobody_to_fool = ssl._create_unverified_context()  # noqa: S323, SLF001 - our own server
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, front.port, timeout=5, context=nobody_to_fool
        )
    else:
        connection = http.client.HTTPConnection(host, front.port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/sign-in/", headers={"Host": f"localhost:{front.port}"})
        connection.getresponse().read()
        return True
    return False
