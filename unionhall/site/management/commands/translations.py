"""``translations``: bring the English catalogue up to the code; ``--check``: only say what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

try:
    from unionhall.site import wording
except ModuleNotFoundError as missing:
    if missing.name != "polib":
        raise
    wording = None  # type: ignore[assignment]


class Command(BaseCommand):
    help = "Collect all sentences into locale/en; with --check, fail when one has no English."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")
        parser.add_argument("--take", nargs="*", type=Path, default=[], metavar="FILE.po")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 — Django's face
        if wording is None:
            raise CommandError("This needs the tools for development: run bin/setup dev.")
        if not options["check"]:
            wording.collect(options["take"])
        wrong = wording.problems()
        for problem in wrong:
            self.stdout.write(problem)
        if wrong:
            raise CommandError(f"{len(wrong)} sentences to see to.")
        self.stdout.write("translations: ok")
