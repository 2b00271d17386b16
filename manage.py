#!/usr/bin/env python3
"""Runs a management command; starts the embedded database if ``DATABASE_URL`` names none."""

import os
import signal
import sys

from django.core.management import execute_from_command_line
from django.db import ProgrammingError
from psycopg.errors import UndefinedTable

from unionhall.base.embedded import EmbeddedError
from unionhall.base.provisions import ProvisionError, data_folder, provided

CHANGES_THE_SCHEMA = {
    "migrate",
    "makemigrations",
    "sqlmigrate",
    "squashmigrations",
    "createcachetable",
    "flush",
}
NO_TABLES = "There are no tables in {where}. Is UNIONHALL_DATA the folder you meant? For a new one, run: bin/manage migrate"


def main(argv: list[str]) -> None:
    """Completes the environment, then hands over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unionhall.site.settings")
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM)
    )  # so that a database of ours is stopped
    command = argv[1] if len(argv) > 1 else "help"
    try:
        with provided(as_owner=command in CHANGES_THE_SCHEMA):
            execute_from_command_line(argv)
    except (EmbeddedError, ProvisionError) as error:
        sys.exit(str(error))
    except ProgrammingError as error:
        if not isinstance(error.__cause__, UndefinedTable):
            raise
        sys.exit(NO_TABLES.format(where=os.environ.get("DATABASE_URL") or data_folder()))


if __name__ == "__main__":
    main(sys.argv)
