from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from unionhall.base.ledger import actions as ledger
from unionhall.base.ledger.anchor import lines


class Command(BaseCommand):
    help = "Prints the newest line of the ledger's anchor, to be kept elsewhere: whoever forges the ledger cannot forge that."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--begin``, for whoever has moved the database to another moment or the worker to another machine."""
        parser.add_argument(
            "--begin",
            action="store_true",
            help="begins it anew from the blocks that stand; the old one stays beside it, and the ledger tells of it",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """The line, and nothing else, so that it can be mailed as it is. Raises CommandError if there is none."""
        if options["begin"] and (old := ledger.begin_anchor()):
            self.stderr.write(f"The old anchor is {settings.LEDGER_ANCHOR.with_name(old)}")
        if not settings.LEDGER_ANCHOR.exists():
            raise CommandError(f"There is no anchor at {settings.LEDGER_ANCHOR}.")
        newest = ""
        for newest in lines(settings.LEDGER_ANCHOR):  # noqa: B007 - the last one is wanted
            pass
        if newest:
            self.stdout.write(newest)
        elif not options["begin"]:
            raise CommandError(f"The anchor at {settings.LEDGER_ANCHOR} has no line.")
