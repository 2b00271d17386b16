"""``import_questions FILE --bank NAME``: a bank of questions from a file of any known format."""

from __future__ import annotations

import argparse
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from unionhall.base.errors import Refused
from unionhall.base.tables import NoHeaderError, Verdict
from unionhall.domain.quiz.actions import import_questions
from unionhall.domain.quiz.models import Bank, BankImportRow
from unionhall.domain.quiz.queries.bank_files import read_bank_file
from unionhall.domain.quiz.queries.bank_imports import import_rows_of
from unionhall.domain.quiz.queries.bank_reports import csv_report, line_of, words_of
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
            verdicts: list[QuestionVerdict | BankImportRow]
            if options["dry_run"]:
                there = Bank.objects.filter(union=union, name=bank).first()
                source = read_bank_file(file.read_bytes(), name=file.name)
                verdicts = [*verdicts_on(source, bank=there)]
            else:
                sent = import_questions(
                    file.read_bytes(),
                    name=file.name,
                    union=union,
                    bank_name=bank,
                    by=None,
                    as_of=options["as_of"],
                )
                verdicts = [*import_rows_of(sent)]
        except (OSError, Refused) as error:
            raise CommandError(f"{file}: {error}", returncode=UNREADABLE) from error
        except NoHeaderError as error:
            raise CommandError(
                f"{file}: no sheet has a column {error}.", returncode=UNREADABLE
            ) from error
        if options["report"]:
            options["report"].write_bytes(csv_report(verdicts))
        self._tell(verdicts, dry=options["dry_run"])

    def _tell(self, verdicts: Sequence[QuestionVerdict | BankImportRow], *, dry: bool) -> None:
        refused = [one for one in verdicts if one.verdict == Verdict.REJECTED]
        for one in refused[:SHOWN]:
            at = one.line if isinstance(one, BankImportRow) else line_of(one)
            line = f" (line {at})" if at else ""
            self.stdout.write(f"{one.sheet}!{one.row}{line}: {words_of(one.reason_codes)}")
        came_to = Counter(str(one.verdict) for one in verdicts)
        normalised = came_to["accepted_normalised"]
        self.stdout.write(
            f"{'would accept' if dry else 'accepted'} {came_to['accepted'] + normalised}"
            f" ({normalised} normalised), rejected {len(refused)},"
            f" not data {came_to['not_data']}"
        )


def _union(name: str | None) -> Union:
    found = Union.objects.filter(name=name) if name else Union.objects.filter(depth=1)
    if found.count() != 1:
        raise CommandError(
            f"There are {found.count()} unions {name or 'at the root'}: name one with --union."
        )
    union: Union = found.get()
    return union
