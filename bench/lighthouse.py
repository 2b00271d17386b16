"""What Lighthouse 12 says of the pages that most people open, on a middling phone; and how soon home is there over a bad line.

Mobile preset, Debian's Chromium, one real web process, the demonstration with its first phase lived through. Medians of the
rounds. Speed is by simulated throttling, as the preset has it; the bad line is really as slow as it says.
Lighthouse comes by npm into ``build/lighthouse``, with the versions of ``bench/_lighthouse/package-lock.json``.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.urls import reverse

from bench._harness import Figure, database
from bench._web import HOST, ROOT, served
from bench.pages import signed_in
from tests.browser import world as worlds
from tests.browser.world import World

SOURCE, INSTALLED = ROOT / "bench/_lighthouse", ROOT / "build/lighthouse"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
GOALS = {"performance": 95, "accessibility": 100, "best-practices": 95}
BAD_LINE = {
    "throttlingMethod": "devtools",
    "throttling": {
        "requestLatencyMs": 150,
        "downloadThroughputKbps": 400,
        "uploadThroughputKbps": 400,
        "cpuSlowdownMultiplier": 4,
    },
}
OVER_A_BAD_LINE = "home over a bad line"
LCP_S = 3.5
ROUNDS = 5


class Look(NamedTuple):
    """A page, and who looks at it: a part of the demonstration."""

    name: str
    part: str
    route: str
    ids: tuple[str, ...] = ()


LOOKS = (
    Look("home", "member", "home"),
    Look("lecture", "member", "lectures:phase", ("second",)),
    Look("quiz", "member", "quiz:question", ("running", "4")),
    Look("vouchers", "member", "welfare:vouchers"),
    Look("inbox", "member", "notify:inbox"),
    Look("desk today", "officer", "desk:today"),
)


def short() -> Iterator[Figure]:
    """One round, for the bars hold all the same: a page whose speed falls short is looked at as often as in the long form."""
    return figures(1)


def figures(rounds: int) -> Iterator[Figure]:
    """A median for each page and category, and the LCP of home."""
    install()
    with database("bench_lighthouse"):
        world = worlds.build()
        with served("unionhall.site.wsgi:application") as port:
            site = Site(f"http://{HOST}:{port}", world)
            found = looked_at(site.runs(LOOKS, GOALS))
            for _round in range(rounds - 1):
                found += looked_at(site.runs(LOOKS, ["performance"]))
            for _round in range(ROUNDS - rounds):
                found += looked_at(site.runs(too_slow(found), ["performance"]))
    yield from told(found)


def install() -> None:
    """Lighthouse as the lock file has it, unless it is there. ``SystemExit`` says what is missing."""
    lock = (SOURCE / "package-lock.json").read_bytes()
    stamp, digest = INSTALLED / "installed", hashlib.sha256(lock).hexdigest()
    if not stamp.exists() or stamp.read_text() != digest:
        shutil.rmtree(INSTALLED, ignore_errors=True)
        INSTALLED.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCE / name, INSTALLED)
        npm = [_found("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        ended = subprocess.run(npm, cwd=INSTALLED, check=False)  # noqa: S603 — our own words
        if ended.returncode:
            sys.exit("Lighthouse could not be installed by npm (is there a network?)")
        stamp.write_text(digest)
    shutil.copy(SOURCE / "measure.mjs", INSTALLED)


def _found(program: str) -> str:
    path = shutil.which(program)
    return path or sys.exit(f"Lighthouse needs {program}: apt install nodejs npm")


@dataclass(frozen=True)
class Site:
    """Where the pages stand, and what stands on them."""

    address: str
    world: World

    def runs(self, looks: Iterable[Look], categories: Iterable[str]) -> list[dict[str, object]]:
        """What ``measure.mjs`` is told."""
        wanted: list[dict[str, object]] = []
        for look in looks:
            path = reverse(look.route, args=[self.world.ids.get(one, one) for one in look.ids])
            asked = {"url": self.address + path, "cookies": self.cookies(look.part)}
            wanted.append({"page": look.name, "categories": [*categories], "settings": {}} | asked)
            if look.route == "home":
                only = {"categories": ["performance"], "settings": BAD_LINE}
                wanted.append({"page": OVER_A_BAD_LINE} | only | asked)
        return wanted

    def cookies(self, part: str) -> dict[str, str]:
        """Of a session that has passed every door."""
        jar = signed_in(self.world.users[part]).cookies
        return {name: morsel.value for name, morsel in jar.items()}


class Run(NamedTuple):
    """What Lighthouse said of a page, once. ``lcp`` in milliseconds."""

    page: str
    scores: dict[str, int]
    lcp: float
    lacks: list[str]


def looked_at(wanted: list[dict[str, object]]) -> list[Run]:
    """A browser of its own for them all. What falls short is told on the error stream."""
    if not wanted:
        return []
    words = [_found("node"), str(INSTALLED / "measure.mjs")]
    ended = subprocess.run(  # noqa: S603 — our own words
        words,
        input=json.dumps({"chromium": CHROMIUM, "runs": wanted}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = [Run(**json.loads(line)) for line in ended.stdout.splitlines()]
    for run in found:
        if run.lacks and run.page != OVER_A_BAD_LINE:
            print(f"  {run.page} {run.scores}: {', '.join(run.lacks)}", file=sys.stderr)
    return found


def too_slow(found: list[Run]) -> list[Look]:
    """Those whose median misses its goal so far."""
    missed = {figure.bench for figure in told(found) if not figure.ok}
    return [look for look in LOOKS if _name(look.name, "performance") in missed]


def told(found: list[Run]) -> Iterator[Figure]:
    """Medians; in brackets how many runs there were."""
    scores: dict[tuple[str, str], list[int]] = defaultdict(list)
    for run in found:
        for category, score in run.scores.items():
            scores[run.page, category].append(score)
    for look, (category, least) in itertools.product(LOOKS, GOALS.items()):
        each = scores[look.name, category]
        unit = "points" if category == "performance" else ""  # the machine's as much as ours
        yield Figure(_name(look.name, category), statistics.median(each), unit, at_least=least)
    lcp = [run.lcp / 1000 for run in found if run.page == OVER_A_BAD_LINE]
    yield Figure(f"{OVER_A_BAD_LINE}: LCP", statistics.median(lcp), "s", goal=LCP_S)
    most = max(len(each) for each in scores.values())
    yield Figure("lighthouse: runs of a page, at most", most, "")


def _name(page: str, category: str) -> str:
    return f"lighthouse {page}: {category}"
