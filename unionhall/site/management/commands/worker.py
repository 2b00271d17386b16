from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from procrastinate.contrib.django import app

from unionhall.site.worker import PAGES_ALONE, SWEEPS, work


class Command(BaseCommand):
    help = (
        "Runs the sweeps of all chapters until it is asked to stop. Any number of workers may run."
    )
    requires_system_checks: list[str] = []  # no routes are loaded: the worker stays small

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Say what is run, and run it. The first message that leads to a page loads the routes, of pages alone."""
        settings.ROOT_URLCONF = PAGES_ALONE
        self.stdout.write(f"worker: {len(SWEEPS)} sweeps")
        if not work(app):
            raise CommandError("The worker stopped by itself: the log says why. Start it again.")
