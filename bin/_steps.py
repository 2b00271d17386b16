"""Runs named steps, all of them, and says at the end which ones failed."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build/steps"
AT_ONCE = 3  # on two cores: a browser and commands often wait
PYTEST = ("-m", "pytest", "-p", "tests.cluster", "-rfEs", "--no-skips")
DOTS = re.compile(r"[.sxFE]+\s+\[ *\d+%\]")
running: set[subprocess.Popen[bytes]] = set()
sys.path.insert(0, str(ROOT))

from unionhall.base import provisions  # noqa: E402 - found only now


@dataclass
class Step:
    """A name, the words after ``python``, variables to add, and lines to show of a success."""

    name: str
    words: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    closing_lines: int = 0


def python(name: str, *words: str, **environment: str) -> Step:
    """A step that is one Python command, in the environment of :func:`house`."""
    return Step(name, list(words), environment)


def tests(name: str, *words: str, **environment: str) -> Step:
    """A step that runs pytest, with a database of its own unless ``DATABASE_URL`` is given."""
    own = {"DATABASE_URL": "", "DATABASE_OWNER_URL": ""} | environment
    return Step(name, [*PYTEST, *words], own, closing_lines=1)


def measured(tests: Step) -> Step:
    """The same tests, noting which lines ran; that takes about two thirds more time."""
    return replace(tests, words=["-m", "coverage", "run", *tests.words])


def run_all(*groups: list[Step]) -> int:
    """The number of steps that failed, after all have run and been reported.

    The steps of a group share nothing and run ``AT_ONCE`` at a time; each group waits for the one before.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    failed: list[str] = []
    for group in groups:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                passed = list(pool.map(run, group))
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                for child in running:
                    child.terminate()
                raise
        failed += [step.name for step, good in zip(group, passed, strict=True) if not good]
    print(f"failed: {', '.join(failed)}" if failed else "all steps passed", flush=True)
    return len(failed)


def run(step: Step) -> bool:
    """Runs one step, then prints its line, and what it said if it failed."""
    started = time.monotonic()
    environment = {name: word for name, word in (os.environ | step.environment).items() if word}
    log = LOGS / f"{step.name.replace(' ', '-')}.log"
    with log.open("w") as output:
        child = subprocess.Popen(  # noqa: S603 - our own words
            [sys.executable, *step.words],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    running.add(child)
    passed = child.wait() == 0
    running.discard(child)
    verdict = "ok    " if passed else "FAILED"
    said = log.read_text().strip().splitlines()
    shown = told_of_failure(said) if not passed else said[len(said) - step.closing_lines :]
    line = f"{verdict} {step.name:<32} {time.monotonic() - started:6.1f} s"
    print("\n       ".join([line, *shown]), flush=True)
    return passed


def told_of_failure(said: list[str]) -> list[str]:
    """Which tests failed stands first, in case the end is cut off; the dots of those that passed go."""
    named = [line for line in said if line.startswith(("FAILED ", "ERROR "))]
    return named + [line for line in said if line not in named and not DOTS.fullmatch(line)]


@contextmanager
def house() -> Iterator[None]:
    """A data folder, keys and a database for the steps, gone when they are done."""
    with temporary_folder() as folder:
        os.environ["UNIONHALL_DATA"] = str(folder)
        os.environ["UNIONHALL_ANCHOR"] = ""
        with provisions.provided():
            yield


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """One that the database's user may walk through."""
    with TemporaryDirectory(prefix="unionhall-steps-") as name:
        Path(name).chmod(0o711)
        yield Path(name)
