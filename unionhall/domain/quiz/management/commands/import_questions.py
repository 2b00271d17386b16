"""``import_questions FILE --bank NAME``: a bank of questions from a file of any known format."""

from __future__ import annotations

import argparse
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from unionhall.base.command_files import read_given, report_path
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
            "--report", type=report_path, help="write the verdict on every row to this csv"
        )

    def handle(self, *, file: Path, bank: str, **options: Any) -> None:
        union = _union(options["union"])
        try:
            verdicts: list[QuestionVerdict | BankImportRow]
            if options["dry_run"]:
                there = Bank.objects.filter(union=union, name=bank).first()
                source = read_bank_file(read_given(file), name=file.name)
                verdicts = [*verdicts_on(source, bank=there)]
            else:
                sent = import_questions(
                    read_given(file),
                    name=file.name,
                    union=union,
                    bank_name=bank,
                    by=None,
                    as_of=options["as_of"],
                )
                verdicts = [*import_rows_of(sent)]
        except Refused as error:
            raise CommandError(f"{file}: {error}", returncode=UNREADABLE) from error
        except NoHeaderError as error:
            said = _("{file}：没有一张工作表有“{column}”这一列。").format(file=file, column=error)
            raise CommandError(said, returncode=UNREADABLE) from error
        if options["report"]:
            options["report"].write_bytes(csv_report(verdicts))
        self._tell(verdicts, dry=options["dry_run"])

    def _tell(self, verdicts: Sequence[QuestionVerdict | BankImportRow], *, dry: bool) -> None:
        refused = [one for one in verdicts if one.verdict == Verdict.REJECTED]
        for one in refused[:SHOWN]:
            self.stdout.write(f"{_place_of(one)}：{words_of(one.reason_codes)}")
        if len(refused) > SHOWN:
            more = _("还有 {n} 题没有写在这里，加上 --report 报告.csv 就都有。")
            self.stdout.write(more.format(n=len(refused) - SHOWN))
        came_to = Counter(str(one.verdict) for one in verdicts)
        for word, count in sorted(came_to.items()):
            self.stdout.write(f"{word} {count}")
        taken = came_to[Verdict.ACCEPTED.value] + came_to[Verdict.ACCEPTED_NORMALISED.value]
        said = (
            _("只是试一遍，什么都没有改。去掉 --dry-run 就会进来 {n} 题。")
            if dry
            else _("导入完了，进来 {n} 题。")
        )
        self.stdout.write(said.format(n=taken))


def _place_of(one: QuestionVerdict | BankImportRow) -> str:
    """As its sender finds it: a row of a sheet, or a question of a text and its line."""
    line = one.line if isinstance(one, BankImportRow) else line_of(one)
    if not line:
        return _("{sheet} 第 {row} 行").format(sheet=one.sheet, row=one.row)
    return _("{sheet} 第 {row} 题（第 {line} 行）").format(sheet=one.sheet, row=one.row, line=line)


def _union(name: str | None) -> Union:
    found = Union.objects.filter(name=name) if name else Union.objects.filter(depth=1)
    if found.count() != 1:
        unknown = _("没有这个工会，或者有几个都叫这个：{said}。用 --union 写它的全称。")
        several = _("不知道是哪个工会的题库。用 --union 写工会的全称。")
        raise CommandError(unknown.format(said=name) if name else several, returncode=UNREADABLE)
    union: Union = found.get()
    return union
