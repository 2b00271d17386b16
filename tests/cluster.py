"""A pytest plugin (``-p tests.cluster``): each session has a data folder and a database of its own.

They lie in a temporary folder and end with the session, also after Ctrl-C or kill -9, so that sessions side by side
never meet. ``DATABASE_URL`` in the environment names a server to use instead.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import signal
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from unionhall.base import embedded, provisions

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "unionhall-test-"
_until_the_end = ExitStack()


def pytest_addoption(parser: pytest.Parser) -> None:
    """What passes only in one order, or only because it is skipped, is found out."""
    parser.addoption("--reverse", action="store_true", help="run the tests in reverse order")
    parser.addoption("--no-skips", action="store_true", help="fail if a test is skipped")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    """Before anything can load Django's settings."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    atexit.register(_until_the_end.close)  # where pytest gives up before it is configured
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o711)
    alive = _until_the_end.enter_context((folder / "alive").open("w"))
    fcntl.flock(alive, fcntl.LOCK_EX)
    _until_the_end.callback(embedded.discard, folder)
    os.environ["UNIONHALL_DATA"] = str(folder)
    os.environ["UNIONHALL_ANCHOR"] = ""  # of whoever runs them in a house in earnest
    os.environ.setdefault("UNIONHALL_TEST_IDS", "1")
    provisions.ensure_keys(folder)
    if not os.environ.get("DATABASE_URL"):
        server = _until_the_end.enter_context(embedded.start(folder, ephemeral=True))
        os.environ["DATABASE_URL"] = server.owner_url
        os.environ["UNIONHALL_OWN_CLUSTER"] = "1"
    yield


def pytest_configure(config: pytest.Config) -> None:
    """A cluster of our own ends as a whole: nobody need wait for the last session of its test database."""
    if "UNIONHALL_OWN_CLUSTER" in os.environ:
        config.option.reuse_db = True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Obeys --reverse."""
    if config.getoption("reverse"):
        items.reverse()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Obeys --no-skips."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("no_skips") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stops the database and removes the folder."""
    _until_the_end.close()


def sweep() -> None:
    """Removes what sessions left behind that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        mark = folder / "alive"
        try:
            if time.time() - folder.stat().st_mtime < 60 or not mark.exists():
                continue
            with mark.open("w") as alive:
                fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
                embedded.discard(folder)
        except OSError:  # somebody is alive in there, or somebody else's, or just gone
            continue
