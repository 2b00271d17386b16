"""One process that brings tables and data up to date, and prints the table of the cast."""

from __future__ import annotations

import sys

import django
from django.core.management import call_command, get_commands


def main() -> None:
    """With the rights of the owner. What Django says goes to the log, the cast to our reader."""
    django.setup()
    call_command("migrate", verbosity=0, stdout=sys.stderr)
    for name, output in (("load_demo", sys.stderr), ("cast", sys.stdout)):
        if name in get_commands():
            call_command(name, stdout=output)


if __name__ == "__main__":
    main()
