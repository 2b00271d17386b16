"""What a phase promises, as values, and what must be right before it is promised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from unionhall.domain.quiz.rules.papers import Rule

KINDS = ("single", "multiple", "judge", "fill")
AT_ONCE = "after_hand_in"  # right answers are shown to whoever hands in


@dataclass(frozen=True)
class Terms:
    """One phase as the officer's sentence says it. Ids name rows; money is in cents."""

    title: str
    under_union: int
    standings: tuple[str, ...]
    sex: str
    employment: str
    front_line: bool | None
    opens_at: dt.datetime
    closes_at: dt.datetime
    lesson: int
    bank: int
    draw: tuple[Rule, ...]
    minutes: int
    attempts: int
    pass_mark: int
    winners_by: str
    reveal: str
    places: int  # 0: no prize
    merchant: int | None = None
    prize_title: str = ""
    face_value: int = 0
    valid_days: int = 0

    @property
    def full_marks(self) -> int:
        """What all questions together are worth."""
        return sum(rule.count * rule.points for rule in self.draw)

    @property
    def questions(self) -> int:
        """How many questions everybody is asked."""
        return sum(rule.count for rule in self.draw)

    @property
    def cost(self) -> int:
        """What all prizes come to, in cents."""
        return self.places * self.face_value


@dataclass(frozen=True)
class Facts:
    """What the checks need to know about the world."""

    now: dt.datetime
    short: tuple[tuple[str, int, int], ...]  # rule in words, questions it asks for, and lacks
    is_video: bool
    has_captions: bool
    entitled: int
    clerks: int = 1  # who may redeem at the merchant


@dataclass(frozen=True)
class Check:
    """One thing to be right before publishing: ``state`` is ok, warn (look again) or bad (stops it)."""

    code: str
    state: str
    facts: Mapping[str, object] = field(default_factory=dict)


def checks(terms: Terms, facts: Facts) -> list[Check]:
    """Every check of one phase, in the order of the sentence."""
    found = [
        _dates(terms, facts),
        _captions(facts),
        _bank(terms, facts),
        _marks(terms),
        _answers(terms),
        _prize(terms),
        _clerks(terms, facts),
        _entitled(terms, facts),
    ]
    return [check for check in found if check is not None]


def may_publish(found: list[Check]) -> bool:
    """Whether nothing stands in the way."""
    return all(check.state != "bad" for check in found)


def may_try_out(found: list[Check]) -> bool:
    """Whether a paper can be drawn: dates and prizes do not matter for that."""
    return not {"no_questions", "bank_too_small", "pass_out_of_reach"} & {
        check.code for check in found
    }


def _dates(terms: Terms, facts: Facts) -> Check:
    if terms.closes_at <= terms.opens_at:
        return Check("closes_before_it_opens", "bad")
    if terms.closes_at <= facts.now:
        return Check("closes_in_the_past", "bad")
    if terms.closes_at - terms.opens_at < dt.timedelta(minutes=terms.minutes):
        return Check("shorter_than_the_quiz", "bad", {"minutes": terms.minutes})
    return Check("dates", "ok")


def _captions(facts: Facts) -> Check:
    if facts.is_video and not facts.has_captions:
        return Check("no_captions", "bad")
    return Check("captions" if facts.is_video else "text", "ok")


def _bank(terms: Terms, facts: Facts) -> Check:
    if not terms.questions:
        return Check("no_questions", "bad")
    if facts.short:
        return Check("bank_too_small", "bad", {"short": facts.short})
    return Check("bank", "ok", {"questions": terms.questions})


def _marks(terms: Terms) -> Check:
    numbers = {"full": terms.full_marks, "pass": terms.pass_mark}
    return Check(
        "marks" if terms.pass_mark <= terms.full_marks else "pass_out_of_reach",
        "ok" if terms.pass_mark <= terms.full_marks else "bad",
        numbers,
    )


def _answers(terms: Terms) -> Check | None:
    """Whoever reads the answers may tell those who come later, or try again: to be known, not forbidden."""
    if terms.reveal != AT_ONCE:
        return None
    if terms.attempts != 1:
        return Check("answers_before_retry", "warn")
    if terms.places:
        return Check("answers_for_latecomers", "warn", {"winners_by": terms.winners_by})
    return Check("answers_at_once", "ok")


def _prize(terms: Terms) -> Check:
    if not terms.places:
        return Check("no_prize", "ok")
    if not (terms.merchant and terms.prize_title and terms.face_value and terms.valid_days):
        return Check("prize_incomplete", "bad")
    return Check("prize", "ok", {"places": terms.places, "cost": terms.cost // 100})


def _clerks(terms: Terms, facts: Facts) -> Check | None:
    """A voucher that nobody can redeem is a broken promise; a clerk may still be entered in time."""
    nobody = terms.places and terms.merchant and not facts.clerks
    return Check("no_clerk", "warn", {"merchant": terms.merchant}) if nobody else None


def _entitled(terms: Terms, facts: Facts) -> Check:
    if not facts.entitled:
        return Check("nobody", "bad")
    if terms.places > facts.entitled:
        return Check("more_prizes_than_people", "warn", {"entitled": facts.entitled})
    return Check("entitled", "ok", {"entitled": facts.entitled})


@dataclass(frozen=True)
class Line:
    """One union's figures in the report."""

    name: str
    entitled: int
    started: int
    passed: int
    won: int


def total(lines: list[Line]) -> Line:
    """All unions together; the name is the page's business."""
    columns = ("entitled", "started", "passed", "won")
    return Line("", **{name: sum(getattr(line, name) for line in lines) for name in columns})


@dataclass(frozen=True)
class Report:
    """What came of a phase, as it was at ``taken_at``; ``None``: as it is now."""

    lines: list[Line]
    taken_at: dt.datetime | None = None

    @property
    def total(self) -> Line:
        """All unions together."""
        return total(self.lines)
