"""``manage.py import_unions FILE``: take in a list of unions. Exit status 2: it cannot be read."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.command_files import read_given, report_path
from unionhall.base.errors import Refused
from unionhall.base.spreadsheets import write_report
from unionhall.base.tables import Reason, Verdict
from unionhall.base.wording import explained
from unionhall.people.unions import actions as unions
from unionhall.people.unions.models import ListRow
from unionhall.people.unions.queries import (
    Scope,
    judge_list,
    list_reasons_of,
    list_rows_of,
    named_in,
)
from unionhall.people.unions.wording import REASONS


class Command(BaseCommand):
    help = "Take in a list of unions (xlsx, xls, csv or tab text); every row gets a verdict."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="judge only, change nothing")
        parser.add_argument("--as-of", type=dt.date.fromisoformat, help="judge as of this day")
        parser.add_argument(
            "--report", type=report_path, help="write a csv with a line for each row"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        file: Path = options["file"]
        as_of = options["as_of"] or timezone.localdate()
        take = self._judge if options["dry_run"] else self._take_in
        try:
            rows = take(file, as_of)
        except Refused as error:
            raise CommandError(f"{file}: {error}", returncode=2) from error
        self._tell(Counter(row[2] for row in rows))
        self._tell(Counter(warning for row in rows for warning in row[5]))
        self._tell(self.effects)
        self._tell_in_words(dry=options["dry_run"])
        if options["report"]:
            options["report"].write_bytes(write_report(rows))
            self.stdout.write(_("逐行结果写在 {file}。").format(file=options["report"]))

    def _judge(self, file: Path, as_of: dt.date) -> list[Any]:
        judged = judge_list(read_given(file), name=file.name, scope=Scope(), as_of=as_of)
        self.effects = Counter(str(one.effect) for one in judged if one.effect)
        verdicts = [one.verdict for one in judged]
        for one in verdicts:
            if one.verdict == Verdict.REJECTED:
                self._tell_refused(one.sheet, one.row, one.about, one.reasons)
        return [
            (v.sheet, v.row, v.verdict.value, v.reason_codes, v.normalisations, v.warnings)
            for v in verdicts
        ]

    def _take_in(self, file: Path, as_of: dt.date) -> list[Any]:
        sent = unions.take_in_file(read_given(file), name=file.name, as_of=as_of)
        self.effects = Counter(sent.counts["effects"])
        for row in list_rows_of(sent, verdict=Verdict.REJECTED.value):
            reasons = list_reasons_of(row)
            self._tell_refused(row.sheet, row.row, named_in(row), reasons)
        columns = ("sheet", "row", "verdict", "reason_codes", "normalisations", "warnings")
        return list(list_rows_of(sent).values_list(*columns))

    def _tell_refused(self, sheet: str, row: int, name: str, reasons: Iterable[Reason]) -> None:
        said = _("{sheet} 第 {row} 行 {name}：{what}。{why}。{next}。")
        for reason in reasons:
            words = explained(reason, REASONS)._asdict()
            self.stdout.write(said.format(sheet=sheet, row=row, name=name, **words))

    def _tell(self, counts: Counter[str]) -> None:
        for word, count in sorted(counts.items()):
            self.stdout.write(f"{word} {count}")

    def _tell_in_words(self, *, dry: bool) -> None:
        """What was done, or would be: numbers alone do not say which of the two."""
        moved = self.effects.pop(ListRow.Effect.MOVED.value, 0)
        labels = dict(ListRow.Effect.choices)
        done = _("，").join(f"{labels[key]} {n}" for key, n in sorted(self.effects.items()))
        said = (
            _("只是试一遍，什么都没有改。去掉 --dry-run 就会：{done}。")
            if dry
            else _("导入完了：{done}。")
        )
        self.stdout.write(said.format(done=done or _("没有一行可以导入")))
        if moved:
            kept = _("{n} 个工会写的上级和现在的不一样，命令行不换上级，在工作台里传了才能勾选。")
            self.stdout.write(kept.format(n=moved))
