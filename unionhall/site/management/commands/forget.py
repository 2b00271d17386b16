from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from unionhall.site.worker import RETENTION


class Command(BaseCommand):
    help = "Lets go at once of all that has served: what the worker does each hour anyway."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """A line per sweep: how much it let go of."""
        for sweep in RETENTION:
            self.stdout.write(f"{sweep.name}: {sweep.function()}")
