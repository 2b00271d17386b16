from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentParser
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from unionhall.site.turns import THREADS

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
PATIENCE_S = 10  # for running requests, when asked to stop


class Command(BaseCommand):
    help = "Serves the pages over HTTP, for a front such as nginx, until it is asked to stop."
    requires_system_checks: list[str] = []  # the web server's own process makes them

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, and with how many threads."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", default="8000")
        parser.add_argument("--threads", default=str(THREADS))
        parser.add_argument("--workers", default=str(settings.WEB_WORKERS), help="processes")

    def handle(self, *_args: Any, **options: Any) -> None:
        """The web server is a child, so that an embedded database lives as long as it."""
        words = ["--interface", "wsgi", "--no-ws", "--http", "1", "--host", options["host"]]
        words += ["--port", options["port"], "--blocking-threads", options["threads"]]
        words += ["--workers", options["workers"]]
        command = [sys.executable, "-m", "granian", *words, "unionhall.site.wsgi:application"]
        with TemporaryDirectory(
            prefix="unionhall-counted-"
        ) as counted:  # by all processes together
            self._serve(command, os.environ | {FOLDER: counted})

    def _serve(self, command: list[str], environment: dict[str, str]) -> None:
        child = subprocess.Popen(command, env=environment)  # noqa: S603 - our own words
        try:
            ended = child.wait()
        finally:  # manage.py makes SIGTERM an exit
            child.terminate()
            try:
                child.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        raise CommandError(f"The web server stopped by itself ({ended}): the log says why.")
