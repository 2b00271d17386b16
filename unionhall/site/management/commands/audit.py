from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from unionhall.site.audit import INVARIANTS, WARNINGS, audit


class Command(BaseCommand):
    help = "Checks every invariant of every chapter. Exits with 1 and the offenders when one does not hold."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """A line per sentence; what breaks it is listed below it."""
        broken = 0
        for sentence, offenders in audit(INVARIANTS):
            broken += bool(offenders)
            self._tell("BROKEN" if offenders else "ok    ", sentence, offenders)
        for sentence, offenders in audit(WARNINGS):
            self._tell("warn  " if offenders else "ok    ", sentence, offenders)
        self.stdout.write(f"audit: {len(INVARIANTS) - broken} of {len(INVARIANTS)} hold")
        if broken:
            sys.exit(1)

    def _tell(self, verdict: str, sentence: str, offenders: list[str]) -> None:
        self.stdout.write(f"{verdict}  {sentence}")
        for offender in offenders:
            self.stdout.write(f"          {offender}")
