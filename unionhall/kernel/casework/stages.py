"""Life cycles as data: which stages a matter goes through, who has to act in each, and by when.

A chapter writes its ``Stages`` once, in its own ``stages.py``; the engine looks them up by kind. Nothing here acts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from unionhall.base.days import Term

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Waits(StrEnum):
    """For whom a matter waits in a stage."""

    UNION = "union"  # the officers of the union that has it
    APPLICANT = "applicant"
    OTHERS = "others"  # another office; whoever has the matter follows it up
    NOBODY = "nobody"  # it has ended


@dataclass(frozen=True)
class Stage:
    """One station. ``to``: the codes of those that may follow; none where it ends."""

    code: str
    name: _StrPromise | str  # at the desk
    plain: _StrPromise | str  # to her who asked
    waits: Waits
    to: tuple[str, ...] = ()
    term: Term | None = None  # counted from the day on which the stage begins

    @property
    def ends(self) -> bool:
        """Whether nothing comes behind it."""
        return not self.to


class LifecycleError(ValueError):
    """A life cycle with a stage that leads nowhere, or that nothing leads to."""


@dataclass(frozen=True)
class Stages:
    """The life cycle of one kind of matter; the first stage is the one in which it begins.

    ``page`` and ``desk_page`` name the routes where a matter of this kind is looked at, by its case's id.
    Raises ``LifecycleError`` when it is written down, not when somebody falls in.
    """

    kind: str
    name: _StrPromise | str
    stages: tuple[Stage, ...]
    page: str
    desk_page: str

    known: ClassVar[dict[str, Stages]] = {}

    def __post_init__(self) -> None:
        if problem := next(_holes(self.stages), ""):
            raise LifecycleError(f"{self.kind}: {problem}")
        self.known[self.kind] = self

    @property
    def first(self) -> Stage:
        """Where a matter begins."""
        return self.stages[0]

    def stage(self, code: str) -> Stage:
        """One of them; ``KeyError`` for a code that is none."""
        return {one.code: one for one in self.stages}[code]


def stages_of(kind: str) -> Stages:
    """The life cycle of a kind; ``KeyError`` where no chapter has written it."""
    return Stages.known[kind]


def _holes(stages: tuple[Stage, ...]) -> Iterator[str]:
    by_code = {one.code: one for one in stages}
    if len(by_code) < len(stages):
        yield "two stages have one code"
    for one in stages:
        for code in one.to:
            if code not in by_code:
                yield f"{one.code} leads to {code}, which is no stage"
        if one.ends != (one.waits is Waits.NOBODY):
            yield f"{one.code} ends and waits for somebody, or goes on and waits for nobody"
    if missed := set(by_code) - _reached(stages[0].code, by_code):
        yield f"nothing leads to {', '.join(sorted(missed))}"
    for one in stages:
        if not any(by_code[code].ends for code in _reached(one.code, by_code)):
            yield f"from {one.code} there is no end"


def _reached(begin: str, by_code: dict[str, Stage]) -> set[str]:
    reached, ahead = set(), [begin]
    while ahead:
        code = ahead.pop()
        if code in by_code and code not in reached:
            reached.add(code)
            ahead += by_code[code].to
    return reached
