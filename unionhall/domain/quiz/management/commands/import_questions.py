"""``import_questions FILE --bank NAME``: a bank of questions from a workbook or csv."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from unionhall.base.errors import Refused
from unionhall.base.spreadsheets import read_workbook, write_csv
from unionhall.base.tables import NoHeaderError, Verdict
from unionhall.domain.quiz.actions.banks import import_questions
from unionhall.domain.quiz.models import Bank
from unionhall.domain.quiz.queries.banks import tally_of, verdicts_on, words_of
from unionhall.domain.quiz.rules.question_sheets import QuestionVerdict
from unionhall.people.unions.models import Union

SHOWN = 20  # rejected rows told on the screen; the report has them all


class Command(BaseCommand):
    help = "Import questions (single, multiple, true/false, fill-in) into a bank."

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
            sheets = read_workbook(file.read_bytes(), name=file.name)
            if options["dry_run"]:
                verdicts = verdicts_on(
                    sheets, bank=Bank.objects.filter(union=union, name=bank).first()
                )
            else:
                verdicts = import_questions(
                    sheets, union=union, bank_name=bank, by=None, as_of=options["as_of"]
                )
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except Refused as refusal:
            raise CommandError(f"{file}: {refusal}") from refusal
        except NoHeaderError as error:
            raise CommandError(f"{file}: no sheet has a column {error}.") from error
        if options["report"]:
            options["report"].write_bytes(_report(verdicts))
        self._tell(verdicts, dry=options["dry_run"])

    def _tell(self, verdicts: Sequence[QuestionVerdict], *, dry: bool) -> None:
        rejected = [verdict for verdict in verdicts if verdict.verdict == Verdict.REJECTED]
        for verdict in rejected[:SHOWN]:
            self.stdout.write(f"{verdict.sheet}!{verdict.row}: {words_of(verdict.reason_codes)}")
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


def _report(verdicts: Sequence[QuestionVerdict]) -> bytes:
    return write_csv(
        ["sheet", "excel_row", "verdict", "reason_codes", "message", "normalisations"],
        [
            (
                verdict.sheet,
                verdict.row,
                verdict.verdict,
                ";".join(verdict.reason_codes),
                words_of(verdict.reason_codes),
                ";".join(verdict.normalisations),
            )
            for verdict in verdicts
        ],
    )
