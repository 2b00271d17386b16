from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from unionhall.site.audit import INVARIANTS, audit


class Command(BaseCommand):
    help = "Checks every invariant of every chapter. Exits with 1 and the offenders when one does not hold."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """A line per sentence; what breaks it is listed below it."""
        broken = 0
        for sentence, offenders in audit(INVARIANTS):
            broken += bool(offenders)
            self.stdout.write(f"{'BROKEN' if offenders else 'ok    '}  {sentence}")
            for offender in offenders:
                self.stdout.write(f"          {offender}")
        self.stdout.write(f"audit: {len(INVARIANTS) - broken} of {len(INVARIANTS)} hold")
        if broken:
            sys.exit(1)
