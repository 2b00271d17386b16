"""``load_demo``: a made-up district with its cast, once; a second call changes nothing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from unionhall.site import demonstration


class Command(BaseCommand):
    help = "Load the demonstration, unless there is a federation already."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 — Django's face
        if demonstration.is_loaded():
            self.stdout.write("There are unions here already; nothing was loaded.")
            return
        demonstration.load()
        self.stdout.write("The demonstration is loaded.")
