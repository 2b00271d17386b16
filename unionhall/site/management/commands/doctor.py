from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from unionhall.site.doctor.examination import examine
from unionhall.site.doctor.findings import BAD, FINE, WARN

MARKS = {FINE: "ok  ", WARN: "warn", BAD: "BAD "}


class Command(BaseCommand):
    help = (
        "Tells what is wrong with this installation, a line per check and what to do next. "
        "Exits with 1 if something does not work or is not safe."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How it is told."""
        parser.add_argument("--json", action="store_true")
        parser.add_argument(
            "--language", choices=["zh-hans", "en"], default=_language(), help="of what is told"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """All of them, whatever is broken."""
        with translation.override(options["language"]):
            found = list(examine())
        if options["json"]:
            told = [{"check": name, **vars(one)} for name, one in found]
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1))
        for name, one in [] if options["json"] else found:
            self.stdout.write(f"{MARKS[one.state]}  {name:<15} {one.said}")
            if one.next:
                self.stdout.write(f"{'':<22}→ {one.next}")
        if any(one.state == BAD for _name, one in found):
            sys.exit(1)


def _language() -> str:
    """That of whoever sits at the keyboard."""
    said = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh-hans" if said.startswith("zh") else "en"
