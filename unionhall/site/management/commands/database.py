from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Holds the embedded database until it is asked to stop; web and worker join it, and may come and go."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """manage.py has started it, and stops it."""
        self.stdout.write("database: ready")
        self.stdout.flush()
        while True:
            signal.pause()
