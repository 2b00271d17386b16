"""Write ``docs/lifecycles.md`` from the stages that the chapters have written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from unionhall.base.days import Term, Unit
from unionhall.kernel.casework.stages import Stage, Stages, Waits

PAGE = settings.ROOT / "docs/lifecycles.md"
HEAD = """# Life cycles

The ways of all matters, generated from the chapters' `stages.py` by `bin/manage lifecycles`; a test keeps this page true.
Terms are counted by `base/days.py`: the day on which a stage begins is not counted, and a last day of rest moves to the next working day
(民法典 201, 203). Who asked is told of every step; whoever must act is reminded a working day before the term ends, and once behind it.
"""
ACTS = {
    Waits.UNION: "the union",
    Waits.APPLICANT: "she who asked",
    Waits.OTHERS: "another office",
    Waits.NOBODY: "nobody, it has ended",
}
UNITS = {Unit.DAYS: "day", Unit.WORKING_DAYS: "working day", Unit.MONTHS: "month"}


class Command(BaseCommand):
    """``manage.py lifecycles``, with ``--check`` for the tests."""

    help = "Write docs/lifecycles.md from the stages of all chapters."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only say whether it is true.")

    def handle(self, **options: Any) -> None:
        text = written()
        if not options["check"]:
            PAGE.write_text(text, encoding="utf-8")
        elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            raise CommandError(
                "docs/lifecycles.md is not what the stages say: bin/manage lifecycles"
            )


def written() -> str:
    """The whole page."""
    cycles = sorted(Stages.known.values(), key=lambda one: one.kind)
    return "\n".join([HEAD, *(line for one in cycles for line in _cycle(one))])


def _cycle(stages: Stages) -> Iterator[str]:
    yield f"## {_twice(stages.name)}\n\n`{stages.kind}`\n"
    yield "```mermaid\nstateDiagram-v2"
    yield f"    [*] --> {stages.first.code}"
    for stage in stages.stages:
        yield from (f"    {stage.code} --> {code}" for code in stage.to)
        if stage.ends:
            yield f"    {stage.code} --> [*]"
    yield "```\n"
    yield "| stage | at the desk | to her who asked | who acts | term | what may follow |"
    yield "| --- | --- | --- | --- | --- | --- |"
    yield from (_row(stage) for stage in stages.stages)
    yield ""


def _row(stage: Stage) -> str:
    follow = ", ".join(f"`{code}`" for code in stage.to) or "–"
    cells = [
        f"`{stage.code}`", _twice(stage.name), _twice(stage.plain), ACTS[stage.waits], _term(stage.term), follow,
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _term(term: Term | None) -> str:
    if term is None:
        return "–"
    plural = "" if term.number == 1 else "s"
    with translation.override("zh-hans"):
        return f"{term.number} {UNITS[term.unit]}{plural}: {term.source}"


def _twice(words: object) -> str:
    """In Chinese, and what a reader of English sees."""
    with translation.override("zh-hans"):
        chinese = str(words)
    with translation.override("en"):
        return f"{chinese} ({words})"
