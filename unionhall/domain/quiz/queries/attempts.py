"""What a member sees of a contest and of her own attempts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from django.db.models import Q, QuerySet, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext

from unionhall.base.files.models import PrivateFile
from unionhall.domain.quiz.models import (
    Admission,
    Answer,
    Attempt,
    Contest,
    QuestionPicture,
    QuestionVersion,
)
from unionhall.domain.quiz.rules.marking import FALSE, TRUE, is_answered, is_right
from unionhall.domain.quiz.rules.papers import Slot, questions_in, shown_letters
from unionhall.domain.quiz.rules.questions import BLANK, FILL, JUDGE, LETTERS, blanks_in
from unionhall.kernel.audience.queries import describe, includes
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.people.members.queries import member_of
from unionhall.people.unions.queries import in_charge_of


def contest_for(member: Member, contest_id: int) -> Contest:
    """A contest that is published and that she may take part in; else ``Contest.DoesNotExist``."""
    contest = (
        Contest.objects.select_related("prizes", "union")
        .exclude(state=Contest.State.DRAFT)
        .get(pk=contest_id)
    )
    if not is_for(contest, member):
        raise Contest.DoesNotExist
    return contest


def is_for(contest: Contest, member: Member) -> bool:
    """Whether she may know of it: it is for her, or was when she took part."""
    mine = Attempt.objects.filter(contest=contest, member=member)
    return includes(contest.audience, member) or mine.exists()


def contest_to_read(user: User, contest_id: int) -> Contest:
    """A contest that she may take part in, or that she runs; else ``Contest.DoesNotExist``."""
    run = Contest.objects.select_related("prizes", "union").filter(
        union__in=in_charge_of(user), pk=contest_id
    )
    member = member_of(user)
    found = run.first()
    if found is None and member is None:
        raise Contest.DoesNotExist
    return found or contest_for(member, contest_id)  # type: ignore[arg-type]


def attempts_of(user: User) -> QuerySet[Attempt]:
    """Her own attempts, and the trials she made as an officer."""
    return Attempt.objects.filter(Q(member__user=user) | Q(trial_by=user)).select_related(
        "contest__prizes", "member", "prize"
    )


def attempt_of(user: User, attempt_id: int) -> Attempt:
    """The one door to an attempt; else ``Attempt.DoesNotExist``."""
    return attempts_of(user).get(pk=attempt_id)


@dataclass(frozen=True)
class Start:
    """What the start page tells before one starts."""

    contest: Contest
    audience: str
    questions: int
    minutes: int  # with the more time that she asked for
    admitted: bool
    opened: bool
    closed: bool
    going_on: Attempt | None
    counts: Attempt | None  # the one that passed, or the best
    attempts_left: int | None  # None: as often as one likes
    now: dt.datetime

    @property
    def seconds_to_opening(self) -> int:
        """Whole seconds, rounded up."""
        return ceil(max(0.0, ((self.contest.opens_at or self.now) - self.now).total_seconds()))

    @property
    def may_start(self) -> bool:
        """Whether a press on the button will do it; ``start_attempt`` decides."""
        passed = self.counts is not None and self.counts.passed_as is not None
        left = self.attempts_left is None or self.attempts_left > 0
        return self.admitted and self.opened and not self.closed and left and not passed


def start_of(contest: Contest, member: Member) -> Start:
    """Facts for ``quiz/_start.html``."""
    now = timezone.now()
    attempts = list(contest.attempts.filter(member=member).order_by("nth"))
    for attempt in attempts:
        attempt.contest = contest
    allowed = contest.attempts_allowed
    return Start(
        contest=contest,
        audience=describe(contest.audience),
        questions=questions_in(contest.draw),
        minutes=contest.minutes * (2 if member.user and member.user.more_time else 1),
        admitted=Admission.objects.filter(contest=contest, member=member).exists(),
        opened=contest.opens_at is None or contest.opens_at <= now,
        closed=contest.state == Contest.State.CLOSED
        or (contest.closes_at is not None and contest.closes_at <= now),
        going_on=next(
            (attempt for attempt in attempts if attempt.state == Attempt.State.OPEN), None
        ),
        counts=counting(attempts),
        attempts_left=max(0, allowed - len(attempts)) if allowed else None,
        now=now,
    )


def counting(attempts: Iterable[Attempt]) -> Attempt | None:
    """The attempt that counts: the one that passed, else the best, the earlier of two."""
    scored = [attempt for attempt in attempts if attempt.score is not None]
    return max(
        scored, key=lambda one: (one.passed_as is not None, one.score or 0, -one.nth), default=None
    )


class Pictured(NamedTuple):
    """A picture as shown; ``nth`` is its name in the address."""

    nth: int
    text: str


@dataclass(frozen=True)
class Choice:
    """One option as shown."""

    value: str
    letter: str
    text: str
    checked: bool
    pictures: tuple[Pictured, ...] = ()


@dataclass(frozen=True)
class Shown:
    """One question as the member sees it. Nothing in here tells what is right."""

    position: int
    total: int
    kind: str
    kind_label: str
    stem: str
    pictures: tuple[Pictured, ...]  # below the stem
    points: int
    choices: tuple[Choice, ...]
    blanks: tuple[str, ...]  # what she typed into each
    given: list[str]
    later: bool
    seq: int  # of the newest saved answer; 0 when there is none
    saved_at: dt.datetime | None

    @property
    def is_answered(self) -> bool:
        """Whether an answer was stored; a question left for later has been saved without one."""
        return is_answered(self.given)


def shown(attempt: Attempt, position: int) -> Shown:
    """The question at ``position`` (from 1); raises ``IndexError`` when the paper is shorter."""
    if not 1 <= position <= len(attempt.paper):
        raise IndexError(position)
    slot = attempt.slots[position - 1]
    version = known_version(slot.version_id)
    answer = attempt.answers.filter(position=position).first()
    return _shown(version, slot, answer, position=position, total=len(attempt.paper))


def shown_paper(attempt: Attempt) -> list[Shown]:
    """All questions, in three statements; in one more where there are pictures."""
    versions = versions_on(attempt)
    pictured = [version for version in versions.values() if version.pictured]
    prefetch_related_objects(pictured, "pictures")
    answers = answers_of(attempt)
    return [
        _shown(
            versions[slot.version_id], slot, answers.get(at), position=at, total=len(attempt.paper)
        )
        for at, slot in enumerate(attempt.slots, start=1)
    ]


def picture_of(attempt: Attempt, position: int, nth: int) -> PrivateFile | None:
    """The ``nth`` picture that the question at ``position`` (both from 1) shows."""
    if not 1 <= position <= len(attempt.paper):
        return None
    version_id = attempt.slots[position - 1].version_id
    return file_of(QuestionPicture.objects.filter(version=version_id, nth=nth))


def file_of(pictures: QuerySet[QuestionPicture]) -> PrivateFile | None:
    """The file of the one picture, if it is there."""
    found = pictures.select_related("file").first()
    return found.file if found else None


def _shown(
    version: QuestionVersion, slot: Slot, answer: Answer | None, *, position: int, total: int
) -> Shown:
    given = answer.given if answer else []
    typed = (
        [*given, *[""] * blanks_in(version.stem)][: blanks_in(version.stem)]
        if version.kind == FILL
        else []
    )
    return Shown(
        position=position,
        total=total,
        kind=version.kind,
        kind_label=version.get_kind_display(),
        stem=BLANK.sub("____", version.stem),
        pictures=_pictures(version, ""),
        points=slot.points,
        choices=_choices(version, slot, given),
        blanks=tuple(typed),
        given=given,
        later=answer.later if answer else False,
        seq=answer.seq if answer else 0,
        saved_at=answer.saved_at if answer else None,
    )


def _choices(version: QuestionVersion, slot: Slot, given: list[str]) -> tuple[Choice, ...]:
    if version.kind == JUDGE:
        return (
            Choice(TRUE, "√", gettext("对"), TRUE in given),
            Choice(FALSE, "×", gettext("错"), FALSE in given),
        )
    return tuple(
        Choice(
            letter,
            letter,
            version.options[at],
            letter in given,
            _pictures(version, LETTERS[at]),
        )
        for letter, at in zip(LETTERS, slot.order, strict=False)
    )


def _pictures(version: QuestionVersion, option: str) -> tuple[Pictured, ...]:
    if not version.pictured:
        return ()
    of_it = (one for one in version.pictures.all() if one.option == option)
    return tuple(Pictured(one.nth, one.text) for one in sorted(of_it, key=lambda one: one.nth))


def versions_on(attempt: Attempt) -> dict[int, QuestionVersion]:
    """The versions of its paper, by id."""
    return QuestionVersion.objects.in_bulk([slot.version_id for slot in attempt.slots])


def known_versions(attempt: Attempt) -> dict[int, QuestionVersion]:
    """The same from memory, as far as this process has read them before."""
    wanted = {slot.version_id for slot in attempt.slots}
    found = {pk: version for pk in wanted if (version := _versions.get(pk)) is not None}
    if missing := wanted - found.keys():
        found |= _read(missing)
    return found


def known_version(pk: int) -> QuestionVersion:
    """One of them. What it says never changes; whether it is the ``current`` one is not to be asked of it."""
    return _versions.get(pk) or _read([pk])[pk]


_versions: dict[int, QuestionVersion] = {}
MOST_VERSIONS = 5_000


def _read(pks: Collection[int]) -> dict[int, QuestionVersion]:
    found = QuestionVersion.objects.in_bulk(pks)
    if len(_versions) + len(found) > MOST_VERSIONS:
        _versions.clear()
    for version in found.values():
        _versions[version.pk] = version
    return found


def answers_of(attempt: Attempt) -> dict[int, Answer]:
    """What was saved, by position."""
    return {answer.position: answer for answer in attempt.answers.all()}


@dataclass(frozen=True)
class Mark:
    """One square of the map of questions."""

    position: int
    answered: bool
    later: bool


def map_of(attempt: Attempt) -> list[Mark]:
    """Which questions are answered, and which she marked to come back to."""
    answers = answers_of(attempt)
    return [
        Mark(
            at,
            at in answers and is_answered(answers[at].given),
            at in answers and answers[at].later,
        )
        for at in range(1, len(attempt.paper) + 1)
    ]


def first_unanswered(attempt: Attempt) -> int:
    """Where to go on; the last question when all are answered."""
    return next(
        (mark.position for mark in map_of(attempt) if not mark.answered), len(attempt.paper)
    )


def may_reveal(attempt: Attempt, *, now: dt.datetime) -> bool:
    """Whether right answers may leave the server: by the contest's rule and nothing else."""
    contest = attempt.contest
    if attempt.state == Attempt.State.OPEN:
        return False
    if contest.reveal == Contest.Reveal.AFTER_HAND_IN:
        return True
    over = contest.state == Contest.State.CLOSED and (
        contest.closes_at is None or contest.closes_at <= now
    )
    return contest.reveal == Contest.Reveal.AFTER_CLOSE and over


@dataclass(frozen=True)
class Marked:
    """A question after the fact, with what was right."""

    shown: Shown
    right: bool
    key: str  # what is right, in the letters she saw
    explanation: str
    tags: list[str]


def marked_paper(attempt: Attempt) -> list[Marked]:
    """The paper with its key. Call only behind ``may_reveal``."""
    versions, answers = versions_on(attempt), answers_of(attempt)
    total = len(attempt.paper)
    marked = []
    for at, slot in enumerate(attempt.slots, start=1):
        version = versions[slot.version_id]
        seen = _shown(version, slot, answers.get(at), position=at, total=total)
        right = is_right(version.kind, version.answer, slot, seen.given)
        marked.append(Marked(seen, right, _key(version, slot), version.explanation, version.tags))
    return marked


def right_by_tag(marked: Iterable[Marked]) -> list[tuple[str, int, int]]:
    """Tag, how many right, how many asked; the weakest first. Untagged questions are left out."""
    tally: dict[str, list[int]] = {}
    for one in marked:
        for tag in one.tags:
            counts = tally.setdefault(tag, [0, 0])
            counts[0] += one.right
            counts[1] += 1
    return sorted(
        ((tag, right, asked) for tag, (right, asked) in tally.items()),
        key=lambda row: row[1] / row[2],
    )


def _key(version: QuestionVersion, slot: Slot) -> str:
    if version.kind == JUDGE:
        return "√" if version.answer[0] else "×"
    if version.kind == FILL:
        return "；".join(" / ".join(blank) for blank in version.answer)
    return "".join(shown_letters(slot, version.answer))


def keys_of(versions: Iterable[QuestionVersion]) -> dict[int, tuple[str, list[str]]]:
    """Version -> kind and answer, as marking wants them."""
    return {version.pk: (version.kind, version.answer) for version in versions}
