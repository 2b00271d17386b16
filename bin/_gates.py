"""The gates: ``check`` is fast, ``ci`` is everything, ``ci --full`` repeats the races and measures coverage."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

from _steps import Step, house, measured, python, run_all, temporary_folder, tests

from unionhall.base import embedded

POSTGRESQL_15 = embedded.Installation(Path("/usr/lib/postgresql/15"), "bin", 15)
ALL_BUT_BROWSER = ("-m", "not browser", "--ignore", "tests/architecture", "--durations", "20")
OF_COMMANDS = ("tests/launcher", "tests/journeys")
# On the older server what is decided by rows and constraints; all of the core in the long form.
WHAT_RACES = (
    *(f"unionhall/kernel/{name}" for name in ("allotment", "audience", "casework")),
    *(
        f"unionhall/domain/quiz/tests/test_{name}.py"
        for name in ("races", "prizes", "prizes_races")
    ),
)
WHAT_DECIDES = "unionhall/kernel/*,*/rules.py,*/rules/*.py"
RACES = "unionhall/kernel/allotment/tests/test_races.py"
BROWSERS_TABLE = (
    10  # what axe-core was asked and held against the pages, and pytest's own last line
)
OWN_HOUSE = {
    "DATABASE_URL": "",
    "DATABASE_OWNER_URL": "",
    "UNIONHALL_DATA": "",
    "UNIONHALL_ANCHOR": "",
}
LIKE_PRODUCTION = {
    "UNIONHALL_DEBUG": "0",
    "UNIONHALL_DEMO": "0",
    "UNIONHALL_HTTPS": "1",
    "UNIONHALL_HOSTS": "unionhall.example",
    "UNIONHALL_SMS": "unionhall.kernel.notify.sms.base.Vendor",  # stands for any vendor
}


def main(words: list[str]) -> int:
    """``check``, ``ci`` or ``ci --full``; the exit code."""
    if words == ["check"]:
        with house():
            return min(run_all(static_gates()), 1)
    if words in (["ci"], ["ci", "--full"]):
        if missing := what_is_missing():
            sys.exit(missing)
        return min(everything(full="--full" in words), 1)
    return sys.exit("bin/check takes nothing; bin/ci takes nothing, or --full.")


def static_gates() -> list[Step]:
    """What can be said without running the product."""
    deploy = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return [
        python("format", "-m", "ruff", "format", "--check", "."),
        python("lint", "-m", "ruff", "check", "."),
        python("imports", "-c", "from importlinter.cli import lint_imports_command as c; c()"),
        python("types", "-m", "mypy"),
        python("templates", "-m", "djlint", "unionhall", "--lint", "--quiet"),
        python("migrations", "manage.py", "makemigrations", "--check", "--dry-run"),
        python("deploy", *deploy, **LIKE_PRODUCTION),
        tests("architecture", "tests/architecture"),
    ]


def everything(*, full: bool) -> int:
    """The number of failed steps."""
    long_form = {"UNIONHALL_FULL": "1"} if full else {}
    with (
        house(),
        temporary_folder() as folder,
        embedded.start(folder, installation=POSTGRESQL_15, ephemeral=True) as fifteen,
    ):
        on_fifteen = long_form | {"DATABASE_URL": fifteen.owner_url}
        return run_all(
            [*static_gates(), python("translations", "manage.py", "translations", "--check")],
            [
                *(in_one_piece() if full else in_two_pieces()),
                replace(
                    tests("browser", "-m", "browser", "--durations", "20", **long_form),
                    closing_lines=BROWSERS_TABLE,
                ),
                tests(
                    "core in reverse on 15",
                    *(("unionhall",) if full else WHAT_RACES),
                    *ALL_BUT_BROWSER,
                    "--reverse",
                    **on_fifteen,
                ),
                *([] if full else faults()),
                benches_in_short(),
                tests("first 80, 50 times", RACES, "-k", "exactly_80_get_one", UNIONHALL_FULL="1"),
            ],
            [demo()],
            [measured_table()] if full else [lighthouse()],
            coverage() if full else [],
        )


def in_one_piece() -> list[Step]:
    """All tests on the newer server, in the long form, noting which lines ran."""
    return [measured(tests("tests on PostgreSQL 18", *ALL_BUT_BROWSER, UNIONHALL_FULL="1"))]


def in_two_pieces() -> list[Step]:
    """The same tests in short. Those that start commands and servers mostly wait: they are a step of their own."""
    others = [word for folder in OF_COMMANDS for word in ("--ignore", folder)]
    return [
        tests("tests on PostgreSQL 18", *ALL_BUT_BROWSER, *others),
        tests("tests of commands", *OF_COMMANDS, *ALL_BUT_BROWSER),
    ]


def benches_in_short() -> Step:
    """Of those that no test runs: what they count must hold at any size, and speed is not judged."""
    words = ["-m", "bench", "--short", "rush", "sold_out", "quiz", "overload"]
    return Step("benches in short", words, OWN_HOUSE)


def lighthouse() -> Step:
    """Alone, for it measures: one round, and five of a page that seems too slow in it."""
    words = ["-m", "bench", "--short", "lighthouse"]
    return Step("lighthouse", words, OWN_HOUSE, closing_lines=20)


def coverage() -> list[Step]:
    """Of what the measured tests ran: nearly all of the house, and all that decides."""
    report = ("-m", "coverage", "report", "--skip-covered", "--show-missing", "--fail-under")
    return [
        python("coverage", *report, "95"),
        python("coverage of what decides", *report, "100", "--include", WHAT_DECIDES),
    ]


def faults() -> list[Step]:
    """A house is broken in every way; its times are held against their bars where it is alone: see ``measured_table``."""
    killed, crowded = ["kills"], ["freezes", "exhaustion", "slow_clients"]
    others = [word for name in (*killed, *crowded) for word in ("--without", name)]
    parts = {"killed": killed, "frozen and crowded": crowded, "all others": others}
    return [
        Step(f"faults: {name}", ["-m", "faults", *words], OWN_HOUSE, closing_lines=30)
        for name, words in parts.items()
    ]


def measured_table() -> Step:
    """Alone, for it measures; it takes more than an hour, and says what it said in ``docs/measured.md``."""
    return Step("measured", ["-m", "bench.measured"], OWN_HOUSE, closing_lines=200)


def demo() -> Step:
    """Alone, because it says how long a start takes; all that it says is shown."""
    return Step("demo", ["-m", "demo", "--check"], OWN_HOUSE, closing_lines=60)


def what_is_missing() -> str:
    """One sentence, if a service is not there: in CI nothing is skipped for want of one."""
    for found, what, package in (
        ((POSTGRESQL_15.folder / "bin/postgres").exists(), "PostgreSQL 15", "postgresql-15"),
        (shutil.which("chromium"), "Chromium", "chromium"),
        (shutil.which("systemd-analyze"), "systemd-analyze", "systemd"),
        (shutil.which("nginx"), "nginx", "nginx"),
        (shutil.which("npm"), "npm", "nodejs npm"),
    ):
        if not found:
            return f"bin/ci needs {what}, so that nothing is skipped: apt install {package}"
    return ""


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("stopped")
