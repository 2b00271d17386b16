"""``import_questions FILE --bank NAME``: a bank of questions from a file of any known format."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from unionhall.base.errors import Refused
from unionhall.base.tables import NoHeaderError
from unionhall.domain.quiz.actions.banks import import_questions
from unionhall.domain.quiz.models import Bank
from unionhall.domain.quiz.queries.bank_files import read_bank_file
from unionhall.domain.quiz.queries.bank_reports import csv_report, rejected_in, tally_of
from unionhall.domain.quiz.queries.banks import verdicts_on
from unionhall.domain.quiz.rules.verdicts import QuestionVerdict
from unionhall.people.unions.models import Union

SHOWN = 20  # rejected rows told on the screen; the report has them all
UNREADABLE = 2  # the exit status


class Command(BaseCommand):
    help = "Import questions (xlsx, xls, csv, GIFT, Aiken, Moodle XML) into a bank."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--bank", required=True, help="name of the bank; made if there is none")
        parser.add_argument("--union", help="whose bank; without it, the union at the root")
        parser.add_argument(
            "--dry-run", action="store_true", help="tell what would happen, change nothing"
        )
        parser.add_argument(
            "--as-of", type=dt.date.fromisoformat, help="the day to note, YYYY-MM-DD"
        )
        parser.add_argument(
            "--report", type=Path, help="write the verdict on every row to this csv"
        )

    def handle(self, *, file: Path, bank: str, **options: Any) -> None:
        union = _union(options["union"])
        try:
            source = read_bank_file(file.read_bytes(), name=file.name)
            if options["dry_run"]:
                there = Bank.objects.filter(union=union, name=bank).first()
                verdicts = verdicts_on(source, bank=there)
            else:
                verdicts = import_questions(
                    source, union=union, bank_name=bank, by=None, as_of=options["as_of"]
                )
        except (OSError, Refused) as error:
            raise CommandError(f"{file}: {error}", returncode=UNREADABLE) from error
        except NoHeaderError as error:
            raise CommandError(
                f"{file}: no sheet has a column {error}.", returncode=UNREADABLE
            ) from error
        if options["report"]:
            options["report"].write_bytes(csv_report(verdicts))
        self._tell(verdicts, dry=options["dry_run"])

    def _tell(self, verdicts: Sequence[QuestionVerdict], *, dry: bool) -> None:
        for one in rejected_in(verdicts)[:SHOWN]:
            line = f" (line {one.line})" if one.line else ""
            self.stdout.write(f"{one.sheet}!{one.row}{line}: {one.words}")
        tally = tally_of(verdicts)
        self.stdout.write(
            f"{'would accept' if dry else 'accepted'} {tally.accepted + tally.normalised}"
            f" ({tally.normalised} normalised), rejected {tally.rejected},"
            f" not data {tally.not_data}"
        )


def _union(name: str | None) -> Union:
    found = Union.objects.filter(name=name) if name else Union.objects.filter(depth=1)
    if found.count() != 1:
        raise CommandError(
            f"There are {found.count()} unions {name or 'at the root'}: name one with --union."
        )
    union: Union = found.get()
    return union
