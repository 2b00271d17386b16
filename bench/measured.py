"""``python -m bench.measured [--rounds N] [NAME …]``: runs benches and faults, and writes what they print into ``docs/measured.md``.

Each has a section of its own with its day, commit and machine; those that are not named stay as they are. The exit code
is 1 if a goal was missed: the table says so, too.
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from unionhall.base.embedded.programs import bundled

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs/measured.md"
HEAD = """# Measured

What the benches and `bin/faults --full` printed, unedited. Each figure stands beside a floor that was measured in the same
run: `bare` is a WSGI function without a framework under the same server, workers and pool, running the same SQL and
returning the same bytes; `plain` a Django view with the project's own middleware and session, running that SQL by
cursor. Seconds are the machine's, ratios ours. Written by `bin/ci --full`, or by `python -m bench.measured NAME`.
"""
COMMANDS = {  # in the order of the file: section -> the words after python -m
    "import_roll": ("bench", "import_roll"),
    "export": ("bench", "export"),
    "bank": ("bench", "bank"),
    "claims": ("bench", "claims"),
    "rush": ("bench", "rush"),
    "sold_out": ("bench", "sold_out"),
    "quiz": ("bench", "quiz"),
    "audience": ("bench", "audience"),
    "search": ("bench", "search"),
    "tree": ("bench", "tree"),
    "members": ("bench", "members"),
    "pages": ("bench", "pages"),
    "first_visit": ("bench", "first_visit"),
    "lighthouse": ("bench", "lighthouse"),
    "overload": ("bench", "overload"),
    "doors": ("bench", "doors"),
    "matrix": ("bench", "matrix"),
    "faults": ("faults", "--full"),
}


def main(words: list[str]) -> int:
    """Measure them one after the other, and write each down as soon as it is known."""
    rounds, names = (words[:2], words[2:]) if words[:1] == ["--rounds"] else ([], words)
    if unknown := set(names) - set(COMMANDS):
        sys.exit(
            f"Nothing of the name {', '.join(sorted(unknown))}; there are {', '.join(COMMANDS)}."
        )
    reached = [_measure(name, rounds) for name in names or COMMANDS]
    return 0 if all(reached) else 1


def _measure(name: str, rounds: list[str]) -> bool:
    words = (*COMMANDS[name], *(rounds if COMMANDS[name][0] == "bench" else ()))
    print(f"== {name}", flush=True)
    ran = subprocess.Popen(  # noqa: S603 — our own words
        [sys.executable, "-m", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    said = list(_as_it_comes(ran))
    good = ran.wait() == 0
    outcome = "every goal reached" if good else "**not every goal reached**"
    where = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, commit {_commit()}, {machine()}"
    told = f"`bin/{' '.join(words)}`: {outcome}  \n{where}\n\n```\n{''.join(said)}```\n"
    TABLE.write_text(with_section(TABLE.read_text() if TABLE.exists() else "", name, told))
    return good


def _as_it_comes(ran: subprocess.Popen[str]) -> Iterator[str]:
    for line in ran.stdout or ():
        print(line, end="", flush=True)
        yield line


def with_section(written: str, name: str, told: str) -> str:
    """The file with this section said anew; sections stand in the order of ``COMMANDS``."""
    parts = dict(re.findall(r"^## (\w+)\n\n(.*?)(?=^## |\Z)", written, re.DOTALL | re.MULTILINE))
    parts[name] = told
    sections = (f"## {one}\n\n{parts[one].strip()}\n" for one in COMMANDS if one in parts)
    return "\n".join([HEAD, *sections])


def machine() -> str:
    """What the figures were measured on, without its name."""
    cpus = Path("/proc/cpuinfo")
    models = (
        re.findall(r"^model name\s*: (.*)$", cpus.read_text(), re.MULTILINE)
        if cpus.exists()
        else []
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = models[0] if models else platform.machine()
    return (
        f"{os.cpu_count()} x {model}, {memory:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}, PostgreSQL {bundled().version}"
    )


def _commit() -> str:
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return said.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
