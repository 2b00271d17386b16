"""``manage.py import_unions FILE``: take in a list of unions. Exit status 2: it cannot be read."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.spreadsheets import write_report
from unionhall.base.tables import RowVerdict, Verdict
from unionhall.base.wording import explained
from unionhall.people.unions import actions as unions
from unionhall.people.unions.queries import compare_list, judge_union_list
from unionhall.people.unions.rules import UnionLine
from unionhall.people.unions.wording import REASONS


class Command(BaseCommand):
    help = "Take in a list of unions (xlsx, xls, csv or tab text); every row gets a verdict."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="judge only, change nothing")
        parser.add_argument("--as-of", type=dt.date.fromisoformat, help="judge as of this day")
        parser.add_argument("--report", type=Path, help="write a csv with a line for each row")

    def handle(self, *_args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            verdicts = judge_union_list(file.read_bytes(), name=file.name, as_of=options["as_of"])
        except (OSError, Refused) as error:
            raise CommandError(f"{file}: {error}", returncode=2) from error
        if options["report"]:
            rows = [
                (v.sheet, v.row, v.verdict.value, v.reason_codes, v.normalisations, v.warnings)
                for v in verdicts
            ]
            options["report"].write_bytes(write_report(rows))
        self._tell_refused(verdicts)
        for verdict, count in sorted(Counter(v.verdict.value for v in verdicts).items()):
            self.stdout.write(f"{verdict} {count}")
        for warning, count in sorted(Counter(w for v in verdicts for w in v.warnings).items()):
            self.stdout.write(f"{warning} {count}")
        self._take_in(verdicts, dry_run=options["dry_run"])

    def _take_in(self, verdicts: list[RowVerdict[UnionLine]], *, dry_run: bool) -> None:
        lines = [verdict.values for verdict in verdicts if verdict.values]
        effects = Counter(one.effect for one in compare_list(verdicts) if one.effect)
        if lines and not dry_run:
            effects = Counter(unions.import_unions(lines))
        for effect, count in effects.items():
            self.stdout.write(f"{effect} {count}")

    def _tell_refused(self, verdicts: list[RowVerdict[UnionLine]]) -> None:
        said = _("{sheet} 第 {row} 行 {name}：{what}。{why}。{next}。")
        for one in verdicts:
            for reason in one.reasons if one.verdict == Verdict.REJECTED else ():
                words = explained(reason, REASONS)._asdict()
                self.stdout.write(
                    said.format(sheet=one.sheet, row=one.row, name=one.about, **words)
                )
