from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from unionhall.base import rotation
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts.actions.sealing import (
    seal_second_factors_anew,
    stale_second_factors,
)

PAUSE_S, PATIENCE = 0.5, 60  # between passes; so many of them without a step forward


class Command(BaseCommand):
    help = (
        "Brings all that is sealed and all blind indexes to the newest keys, while everybody goes on. "
        "May be stopped and begun again. --check only says what hangs on an old key, and exits with 1 if anything does."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The only option, and how much at once."""
        parser.add_argument("--check", action="store_true")
        parser.add_argument("--batch", type=int, default=rotation.BATCH)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Pass after pass, until nothing hangs on an old key."""
        if not options["check"]:
            self._rotate(options["batch"])
        left = self._tell()
        newest = f"field key {max(settings.FIELD_KEYS)}, index key {max(settings.INDEX_KEYS)}"
        if left:
            self.stdout.write(f"{left} rows hang on an old key; the newest are {newest}")
            sys.exit(1)
        if len(settings.FIELD_KEYS) == len(settings.INDEX_KEYS) == 1:
            self.stdout.write("nothing hangs on an old key, and none is known")
            return
        self.stdout.write(
            f"nothing hangs on an old key: take all but {newest} out of the keys and start web and "
            "worker again. Keep the old ones with the backups made until now, as long as those stay."
        )

    def _rotate(self, batch: int) -> None:
        done = tried = 0
        while self._stale() and tried < PATIENCE:
            before = done
            try:
                done += self._pass(batch)
            except KeyError as error:
                raise CommandError(
                    f"Something is sealed under the key {error}, which is not known: put it back."
                ) from error
            tried = 0 if done > before else tried + 1
            if tried:
                time.sleep(PAUSE_S)  # somebody holds the rows that are left
        if done:
            versions = {"field": max(settings.FIELD_KEYS), "index": max(settings.INDEX_KEYS)}
            ledger.record_of_the_house("ledger.keys_rotated", rows=done, **versions)

    def _pass(self, batch: int) -> int:
        done = sum(seal_second_factors_anew())
        for one in rotation.kept():
            for rows in rotation.rotate(one, batch=batch):
                done += rows
                self.stdout.write(f"{one.table}: {rows} rows")
                self.stdout.flush()
        return done

    def _stale(self) -> int:
        tables = sum(rotation.count(one, one.stale()) for one in rotation.kept())
        return tables + stale_second_factors()

    def _tell(self) -> int:
        """A line per table; what hangs on an old key in all of them."""
        total = stale_second_factors()
        for one in rotation.kept():
            stale, orphans = rotation.count(one, one.stale()), rotation.count(one, one.orphaned())
            total += stale
            said = f"; {orphans} indexes of texts that were let go" if orphans else ""
            self.stdout.write(f"{one.table}: {stale} rows hang on an old key{said}")
        return total
