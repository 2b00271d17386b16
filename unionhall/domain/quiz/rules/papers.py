"""Which questions an attempt gets, and in which order it shows them."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, TypeAlias

from unionhall.domain.quiz.rules.questions import (
    EASY,
    FILL,
    HARD,
    JUDGE,
    KINDS,
    LETTERS,
    MEDIUM,
)

# As a contest keeps it: kind -> [how many, points each]; or one mapping for each rule.
Draw: TypeAlias = Mapping[str, Sequence[int]] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Rule:
    """So many questions of one sort. An empty difficulty, tag or category is any of them."""

    kind: str
    count: int
    points: int
    difficulty: str = ""
    tag: str = ""
    category: str = ""


class Slot(NamedTuple):
    """One question of a paper: which version, its options in the order shown, its points."""

    version_id: int
    order: list[int]
    points: int


class Drawable(NamedTuple):
    """What drawing needs to know of a question's current version."""

    version_id: int
    options: int
    fits: tuple[int, ...]  # which rules it would do for, by their place
    seen: bool = False  # whether she had it in an earlier paper of this contest
    uses: int = 0  # how often it was drawn for anybody


def rules_of(draw: Draw) -> tuple[Rule, ...]:
    """The rules of a draw, kind after kind; raises ``ValueError`` when it is none."""
    try:
        if isinstance(draw, Mapping):
            rules = [Rule(kind, count, points) for kind, (count, points) in draw.items()]
        else:
            rules = [Rule(**rule) for rule in draw]
        return tuple(sorted(rules, key=lambda rule: KINDS.index(rule.kind)))
    except (TypeError, AttributeError) as error:
        raise ValueError(draw) from error


def draw_of(rules: Sequence[Rule]) -> Draw:
    """The rules as a contest keeps them: in the short form where that says all."""
    if len({rule.kind for rule in rules}) == len(rules) and not any(map(_is_narrow, rules)):
        return {rule.kind: [rule.count, rule.points] for rule in rules}
    return [{name: part for name, part in asdict(rule).items() if part != ""} for rule in rules]


def _is_narrow(rule: Rule) -> bool:
    return any((rule.difficulty, rule.tag, rule.category))


def marks_of(draw: Draw) -> int:
    """Full marks of a draw."""
    return sum(rule.count * rule.points for rule in rules_of(draw))


def questions_in(draw: Draw) -> int:
    """How many questions a draw has."""
    return sum(rule.count for rule in rules_of(draw))


def faults_of_draw(draw: Draw, *, full_marks: int) -> list[str]:
    """What is wrong with the rules themselves: ``EMPTY``, ``UNKNOWN``, ``NOT_WHOLE``, ``MARKS``."""
    try:
        rules = rules_of(draw)
    except ValueError:
        return ["UNKNOWN"]
    if not rules:
        return ["EMPTY"]
    if any(rule.difficulty not in {"", EASY, MEDIUM, HARD} for rule in rules):
        return ["UNKNOWN"]
    if any(not isinstance(n, int) or n < 1 for rule in rules for n in (rule.count, rule.points)):
        return ["NOT_WHOLE"]
    return [] if marks_of(draw) == full_marks else ["MARKS"]


def lacking(rules: Sequence[Rule], stock: Mapping[tuple[int, ...], int]) -> list[int]:
    """How many questions each rule lacks, when all are served as well as the bank can.

    ``stock``: which rules a question would do for -> how many such questions there are. A
    question that two rules could use serves one of them; the rule further down goes without.
    """
    most = sum(rule.count for rule in rules)
    questions = (
        Drawable(0, 0, fits) for fits, number in stock.items() for _ in range(min(number, most))
    )
    seated = _seated(rules, questions)
    return [rule.count - len(those) for rule, those in zip(rules, seated, strict=True)]


def draw_paper(
    rules: Sequence[Rule], drawables: Iterable[Drawable], *, chance: random.Random
) -> list[Slot]:
    """Draw and shuffle: what she has not seen first, then what was drawn least, ties by chance.

    None comes twice. Kinds follow one another, as on a printed paper; inside a kind the points.
    Raises ``ValueError`` when there are too few.
    """
    questions = list(drawables)
    chance.shuffle(questions)
    questions.sort(key=lambda question: (question.seen, question.uses))
    slots = []
    for rule, those in zip(rules, _seated(rules, questions), strict=True):
        if len(those) < rule.count:
            raise ValueError(rule)
        slots += [(rule, _slot(rule, question, chance)) for question in those]
    chance.shuffle(slots)
    slots.sort(key=lambda pair: (KINDS.index(pair[0].kind), pair[0].points))
    return [slot for _rule, slot in slots]


def _slot(rule: Rule, question: Drawable, chance: random.Random) -> Slot:
    order = list(range(question.options))
    if rule.kind not in {JUDGE, FILL}:
        chance.shuffle(order)
    return Slot(question.version_id, order, rule.points)


def _seated(rules: Sequence[Rule], questions: Iterable[Drawable]) -> list[list[Drawable]]:
    """For each rule the questions that it gets, taken in the order in which they come.

    Sets of questions that fill places of the rules together are a matroid (Edmonds, Fulkerson
    1965), so taking whatever still fits, first come first seated, gives the best of all full
    papers by that order (Edmonds 1971), and a full one where there is any.
    """
    seated: list[list[Drawable]] = [[] for _ in rules]
    left = sum(rule.count for rule in rules)
    turned_away: set[tuple[int, ...]] = set()  # sorts of which one found no place: none will
    for question in questions:
        if not left:
            break
        if question.fits in turned_away:
            continue
        if _seat(question, seated, rules):
            left -= 1
        else:
            turned_away.add(question.fits)
    return seated


def _seat(question: Drawable, seated: list[list[Drawable]], rules: Sequence[Rule]) -> bool:
    """Whether there is room, others moving to another rule of theirs if need be (shortest way)."""
    ways: dict[int, tuple[int | None, Drawable]] = dict.fromkeys(question.fits, (None, question))
    queue = deque(ways)
    while queue:
        at = queue.popleft()
        if len(seated[at]) < rules[at].count:
            _move_along(ways, at, seated)
            return True
        for other in seated[at]:
            for to in other.fits:
                if to not in ways:
                    ways[to] = (at, other)
                    queue.append(to)
    return False


def _move_along(
    ways: Mapping[int, tuple[int | None, Drawable]], last: int, seated: list[list[Drawable]]
) -> None:
    at: int | None = last
    while at is not None:
        origin, mover = ways[at]
        if origin is not None:
            seated[origin].remove(mover)
        seated[at].append(mover)
        at = origin


def letters_of(slot: Slot, shown: Sequence[str]) -> list[str]:
    """The question's own letters for those that the paper showed; what was not shown is dropped."""
    places = [LETTERS.index(letter) for letter in shown if letter in LETTERS[: len(slot.order)]]
    return sorted(LETTERS[slot.order[place]] for place in places)


def shown_letters(slot: Slot, letters: Sequence[str]) -> list[str]:
    """Under which letters the paper shows the question's own ``letters``."""
    return sorted(LETTERS[slot.order.index(LETTERS.index(letter))] for letter in letters)
