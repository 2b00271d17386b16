"""``manage.py import_roll FILE``: take in a roll of members. Exit status 2: it cannot be read."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.spreadsheets import UnreadableFile, write_report
from unionhall.base.tables import Reason, Verdict
from unionhall.base.wording import explained
from unionhall.people.members import actions as members
from unionhall.people.members.models import RollImport
from unionhall.people.members.queries import judge_roll, reasons_of, rows_of
from unionhall.people.members.wording import REASONS
from unionhall.people.unions.models import Union


class Command(BaseCommand):
    help = "Take in a roll of members (xlsx, xls, csv or tab text); every row gets a verdict."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="judge only, change nothing")
        parser.add_argument("--as-of", type=dt.date.fromisoformat, help="today, YYYY-MM-DD")
        parser.add_argument("--report", type=Path, help="write a csv with a line for each row")
        parser.add_argument(
            "--union", type=int, help="only unions under this one; the only tree if left out"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        file: Path = options["file"]
        as_of = options["as_of"] or timezone.localdate()
        top = _top(options["union"])
        try:
            rows = (
                self._judge(file, top, as_of)
                if options["dry_run"]
                else self._take_in(file, top, as_of)
            )
        except (OSError, Refused) as error:
            raise CommandError(f"{file}: {error}", returncode=2) from error
        if options["report"]:
            options["report"].write_bytes(write_report(rows))

    def _judge(self, file: Path, top: Union, as_of: dt.date) -> list[Any]:
        judged = list(judge_roll(file.read_bytes(), name=file.name, top=top, as_of=as_of))
        verdicts = [one.verdict for one in judged]
        for verdict in verdicts:
            if verdict.verdict == Verdict.REJECTED:
                self._tell_refused(verdict.sheet, verdict.row, verdict.reasons)
        self._tell(Counter(verdict.verdict.value for verdict in verdicts))
        self._tell(Counter(one.effect for one in judged if one.effect))
        return [
            (v.sheet, v.row, v.verdict.value, v.reason_codes, v.normalisations, v.warnings)
            for v in verdicts
        ]

    def _take_in(self, file: Path, top: Union, as_of: dt.date) -> list[Any]:
        roll = members.receive_roll(
            file.read_bytes(), name=file.name, union=top, by=None, as_of=as_of
        )
        members.check_roll(roll.pk)
        roll.refresh_from_db()
        if roll.state == RollImport.State.UNREADABLE:
            raise UnreadableFile(roll.problem)
        members.confirm_roll(roll, by=None)
        while members.take_in_next(roll.pk):
            pass
        roll.refresh_from_db()
        for row in rows_of(roll, verdict=Verdict.REJECTED.value):
            self._tell_refused(row.sheet, row.row, reasons_of(row))
        self._tell(roll.counts["verdicts"])
        self._tell(roll.counts["effects"])
        columns = ("sheet", "row", "verdict", "reason_codes", "normalisations", "warnings")
        return list(roll.roll_rows.order_by("place").values_list(*columns))

    def _tell_refused(self, sheet: str, row: int, reasons: Iterable[Reason]) -> None:
        """No names, no numbers: what is printed lies about."""
        for reason in reasons:
            words = explained(reason, REASONS)._asdict()
            said = _("{sheet} 第 {row} 行：{what}。{why}。{next}。")
            self.stdout.write(said.format(sheet=sheet, row=row, **words))

    def _tell(self, counts: dict[str, int]) -> None:
        for word, count in sorted(counts.items()):
            self.stdout.write(f"{word} {count}")


def _top(union_id: int | None) -> Union:
    tops = Union.objects.filter(pk=union_id) if union_id else Union.objects.get_root_nodes()
    if tops.count() != 1:
        message = "No such union." if union_id else "Name the top of the tree with --union ID."
        raise CommandError(message, returncode=2)
    top: Union = tops.get()
    return top
