"""The numbers on top of a roll's report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from unionhall.base.tables import Verdict
from unionhall.people.members.queries.comparing import Told
from unionhall.people.members.queries.rolls import Judged

Counts: TypeAlias = dict[str, dict[str, int]]


class Tally:
    """How many rows of each verdict and effect, how often each reason, and each column changed."""

    def __init__(self) -> None:
        self.verdicts, self.effects = Counter[str](), Counter[str]()
        self.reasons, self.changes = Counter[str](), Counter[str]()

    def add_alike(self, verdict: str, effect: str, *, times: int) -> None:
        """Count so many rows of one kind."""
        self.verdicts[verdict] += times
        if effect:
            self.effects[effect] += times

    def add_rows(self, rows: Sequence[Judged]) -> None:
        """Count rows as they were judged."""
        self.verdicts.update(one.verdict.verdict.value for one in rows)
        self.effects.update(one.effect for one in rows if one.effect)
        for one in rows:
            if one.verdict.reasons and one.verdict.verdict == Verdict.REJECTED:
                self.reasons.update(one.verdict.reason_codes)
            if one.changes:
                self.add_changes(one.changes)

    def add_changes(self, changes: Iterable[Told]) -> None:
        """Count the columns in which a row says something else."""
        self.changes.update(str(column) for column, *_rest in changes)

    def counts(self) -> Counts:
        """As ``RollImport.counts`` holds them."""
        tallies = {
            "verdicts": self.verdicts,
            "effects": self.effects,
            "reasons": self.reasons,
            "changes": self.changes,
        }
        return {name: dict(tally) for name, tally in tallies.items()}
