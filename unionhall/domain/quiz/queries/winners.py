"""The public list of winners: masked, withheld where somebody wishes so, and checkable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from unionhall.domain.quiz.models import Attempt, Contest
from unionhall.domain.quiz.rules import winners as recipe
from unionhall.kernel.allotment.queries import Proof, proof_of_draw
from unionhall.people.accounts.models import Consent
from unionhall.people.members.rules import masked_name


@dataclass(frozen=True)
class Winner:
    """One line. ``name`` is masked, and empty when she withholds it; the place stays."""

    place: int
    name: str
    asked: bool  # somebody without a login was never asked
    handed_in_at: dt.datetime
    commitment: str


@dataclass(frozen=True)
class ChainedWinner(Winner):
    """A line of the whole list, with its link in the chain."""

    link: str


def winners_of(contest: Contest) -> list[ChainedWinner]:
    """Everybody who got a prize, by place; each list begins with the earlier one."""
    lines = shown(list(prized(contest)))
    chain = recipe.links(contest.pk, [(line.place, line.commitment) for line in lines])
    return [ChainedWinner(**vars(line), link=link) for line, link in zip(lines, chain, strict=True)]


def prized(contest: Contest) -> QuerySet[Attempt]:
    """The attempts that got a prize, by place, with what their lines show.

    The pool is named, for its claims have an index by place: a page is read, and not the whole list.
    """
    return (
        contest.attempts.filter(prize__isnull=False, prize__pool=contest.prizes_id)
        .select_related("prize", "member")
        .defer("paper")
        .order_by("prize__place")
    )


def shown(attempts: Iterable[Attempt]) -> list[Winner]:
    """The lines of these attempts alone: a page of the list."""
    attempts = list(attempts)
    agreed = _may_be_named(attempts)
    return [
        Winner(
            _place(attempt),
            _name(attempt, agreed),
            asked=attempt.member is not None and attempt.member.user_id is not None,
            handed_in_at=_handed_in(attempt),
            commitment=commitment_of(attempt),
        )
        for attempt in attempts
    ]


def last_link(contest: Contest) -> str:
    """The last link of the chain as it is now: what to note down to check later lists against.

    A closed contest keeps its own, for nothing is added any more.
    """
    return contest.winners_link or _gone_on(contest)


class Linked(NamedTuple):
    """The last line that this process hashed, and the link that stands on it."""

    line: tuple[int, str]
    link: str


_linked: dict[int, Linked] = {}
MOST_LINKED = 1000


def _gone_on(contest: Contest) -> str:
    """The chain from the last line that was hashed here, if that line still stands; else from the first.

    Places are given one behind the other, so that what was hashed never changes; one statement.
    """
    known = _linked.get(contest.pk)
    lines = _lines(contest, since=known.line[0] if known else 0)
    if known is None:
        link = _last(contest, lines)
    elif lines[:1] == [known.line]:
        link = [known.link, *recipe.links(contest.pk, lines[1:], after=known.link)][-1]
    else:
        lines = _lines(contest)
        link = _last(contest, lines)
    if len(_linked) >= MOST_LINKED:
        _linked.clear()
    if lines:
        _linked[contest.pk] = Linked(lines[-1], link)
    return link


def chained(contest: Contest) -> str:
    """The last link, hashed anew over all lines, from the few values that go into it."""
    return _last(contest, _lines(contest))


def _last(contest: Contest, lines: list[tuple[int, str]]) -> str:
    return recipe.links(contest.pk, lines)[-1] if lines else recipe.first_link(contest.pk)


def _lines(contest: Contest, *, since: int = 0) -> list[tuple[int, str]]:
    """Place and commitment of the winners from the place ``since`` on."""
    rows = prized(contest).filter(prize__place__gte=since)
    values = rows.values_list("prize__place", "salt", "pk", "handed_in_at")
    return [
        (
            int(place or 0),
            recipe.commitment(
                salt=salt, contest_id=contest.pk, place=int(place or 0), attempt_id=pk,
                handed_in_at=at,
            ),
        )
        for place, salt, pk, at in values
        if at is not None
    ]  # fmt: skip


def commitment_of(attempt: Attempt) -> str:
    """The hash on her line; see ``rules.winners``."""
    return recipe.commitment(
        salt=attempt.salt,
        contest_id=attempt.contest_id,
        place=_place(attempt),
        attempt_id=attempt.pk,
        handed_in_at=_handed_in(attempt),
    )


def committed_text_of(attempt: Attempt) -> str:
    """What she hashes to find her own line. It is hers: shown to nobody else."""
    moment = _handed_in(attempt).astimezone(dt.UTC).isoformat(timespec="microseconds")
    return f"{attempt.salt}|{attempt.contest_id}|{_place(attempt)}|{attempt.pk}|{moment}"


def proof_of_lots(contest: Contest) -> Proof | None:
    """What anybody needs to check the lots; ``None`` where none are drawn."""
    if contest.winners_by != Contest.WinnersBy.LOT or contest.prizes is None:
        return None
    return proof_of_draw(contest.prizes)


def agreed() -> Exists:
    """Whether the attempt's member wishes to stand on the list, masked: for a query of attempts."""
    wish = Consent.objects.filter(kind=Consent.Kind.WINNERS, withdrawn_at=None)
    return Exists(wish.filter(user=OuterRef("member__user")))


def is_named(attempt: Attempt) -> bool:
    """Whether the list of winners shows her name, masked."""
    return bool(_may_be_named([attempt]))


def _may_be_named(attempts: list[Attempt]) -> set[int]:
    """Logins that agreed to stand on the list, masked, and did not take it back."""
    users = [attempt.member.user_id for attempt in attempts if attempt.member]
    agreed = Consent.objects.filter(user__in=users, kind=Consent.Kind.WINNERS, withdrawn_at=None)
    return set(agreed.values_list("user_id", flat=True))


def _name(attempt: Attempt, agreed: set[int]) -> str:
    member = attempt.member
    return masked_name(member.name) if member and member.user_id in agreed else ""


def _place(attempt: Attempt) -> int:
    assert attempt.prize is not None, "only winners are asked"  # noqa: S101
    assert attempt.prize.place is not None, "a place is given in the deciding transaction"  # noqa: S101
    return int(attempt.prize.place)


def _handed_in(attempt: Attempt) -> dt.datetime:
    assert attempt.handed_in_at is not None, "handed in before it won"  # noqa: S101
    return attempt.handed_in_at
