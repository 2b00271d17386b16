"""What the desk sees of a phase that runs or ran: the rush, who has not started, the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Substr
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.lately import Lately
from unionhall.domain.learning.models import Watching
from unionhall.domain.lectures import rules
from unionhall.domain.lectures.models import Mailing, Phase
from unionhall.domain.quiz.models import Attempt, Contest
from unionhall.domain.quiz.queries.winners import agreed
from unionhall.kernel.audience.queries import members as members_in
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member, Membership
from unionhall.people.members.queries import find
from unionhall.people.members.rules import masked_name
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of

LATEST = 8  # places shown in the live view
PACE = dt.timedelta(minutes=5)  # the pace of a rush is that of its last minutes


@dataclass(frozen=True)
class Place:
    """One place that was just given, named as on the public list: masked, and by consent only.

    The live view is for a screen in the hall, before everybody's eyes (PIPL, article 25).
    """

    place: int
    name: str  # empty when she has not agreed
    at: dt.datetime


@dataclass(frozen=True)
class Rush:
    """How a phase stands this second."""

    at: dt.datetime
    capacity: int
    given: int
    answering: int
    handed_in: int
    passed: int
    without: dict[str, int]  # why there was no prize -> how many
    latest: list[Place]
    minutes_left: int | None  # at the pace of the last minutes; None when it is over or nobody wins

    @property
    def left(self) -> int:
        """Prizes not given yet."""
        return max(0, self.capacity - self.given)

    @property
    def newest(self) -> int | None:
        """The place that was given last."""
        return self.latest[0].place if self.latest else None

    @property
    def in_words(self) -> str:
        """What the squares show."""
        return _("{capacity} 个名额，已发出 {given} 个").format(
            capacity=self.capacity, given=self.given
        )


def rush_of(phase: Phase) -> Rush:
    """Three statements, whatever the size of the rush: this is asked every two seconds."""
    contest = _contest(phase)
    now = timezone.now()
    counts = _counts(contest, since=now - PACE)
    pool = contest.prizes
    capacity = pool.capacity if pool else 0
    refused = _refusals(contest) | {"not_passed": counts["failed"]}
    return Rush(
        at=now,
        capacity=capacity,
        given=counts["won"],
        answering=counts["answering"],
        handed_in=counts["handed_in"],
        passed=counts["passed"],
        without={code: number for code, number in refused.items() if number},
        latest=_latest(contest),
        minutes_left=_minutes_left(capacity - counts["won"], counts["lately"]),
    )


@Lately
def rush_lately(phase_id: int) -> Rush:
    """The same as it was at most a second ago; ``at`` says when."""
    return rush_of(Phase.objects.select_related("contest__prizes").get(pk=phase_id))


def given_out(phases: Sequence[Phase]) -> dict[int, dict[str, int]]:
    """Contest id -> ``answering``, ``handed_in`` and ``won``, of many phases in one statement."""
    attempts = Attempt.objects.filter(
        contest__in=[phase.contest_id for phase in phases], trial_by=None
    )
    rows = (
        attempts.order_by()
        .values("contest")
        .annotate(
            answering=Count("pk", filter=Q(state=Attempt.State.OPEN)),
            handed_in=Count("pk", filter=Q(state__in=Attempt.SCORED)),
            won=Count("prize"),
        )
    )
    return {row.pop("contest"): row for row in rows}


def _counts(contest: Contest, *, since: dt.datetime) -> dict[str, int]:
    scored = Q(state__in=Attempt.SCORED)
    return _serious(contest).aggregate(
        answering=Count("pk", filter=Q(state=Attempt.State.OPEN)),
        handed_in=Count("pk", filter=scored),
        passed=Count("pk", filter=Q(passed_as__isnull=False)),
        failed=Count("pk", filter=scored & Q(score__lt=contest.pass_mark)),
        won=Count("prize"),
        lately=Count("prize", filter=Q(handed_in_at__gte=since)),
    )


def _refusals(contest: Contest) -> dict[str, int]:
    rows = _serious(contest).exclude(prize_refusal="").values_list("prize_refusal")
    return dict(rows.annotate(number=Count("pk")).order_by("prize_refusal"))


def _latest(contest: Contest) -> list[Place]:
    rows = (
        _serious(contest)
        # The pool's claims have an index by place.
        .filter(prize__isnull=False, prize__pool=contest.prizes_id)
        .order_by("-prize__place")
        .values_list("prize__place", "member__name", agreed(), "prize__claimed_at")[:LATEST]
    )
    return [
        Place(place or 0, masked_name(name) if named else "", at) for place, name, named, at in rows
    ]


def _minutes_left(left: int, lately: int) -> int | None:
    if left <= 0 or not lately:
        return None
    return -(-left * int(PACE.total_seconds()) // (lately * 60))


def _serious(contest: Contest) -> QuerySet[Attempt]:
    return Attempt.objects.filter(contest=contest, trial_by=None)


def not_started(phase: Phase) -> QuerySet[Member]:
    """Everybody entitled who has neither opened the lecture nor begun the quiz, by name."""
    contest = _contest(phase)
    watched = Watching.objects.filter(lesson=phase.lesson_id, member=OuterRef("pk"))
    begun = contest.attempts.filter(member=OuterRef("pk"))
    entitled = members_in(contest.audience)
    return entitled.filter(~Exists(watched), ~Exists(begun)).order_by("name", "pk")


def not_started_below(phase: Phase, user: User) -> QuerySet[Member]:
    """Those whom ``user`` is in charge of, each with her union: the others are theirs to name who are."""
    hers = not_started(phase)
    if not runs_whole_phase(user, phase):
        hers = hers.filter(pk__in=members_below(user))
    return hers.annotate(union_name=F("memberships__union__name"))


def runs_whole_phase(user: User, phase: Phase) -> bool:
    """Whether nobody can be entitled whom ``user`` is not in charge of."""
    audience = _contest(phase).audience
    below = None if audience.also else audience.under_union
    return below is not None and in_charge_of(user).filter(pk=below).exists()


def members_below(user: User) -> QuerySet[Membership, dict[str, Any]]:
    """Whom ``user`` is in charge of, by the key of the member."""
    live = Membership.objects.filter(left_on=None, union__in=in_charge_of(user))
    return live.values("member")


def members_run_by(user: User) -> QuerySet[Member]:
    """Members whom ``user`` is in charge of, with the name of their union as ``union_name``."""
    hers = Member.objects.filter(
        memberships__union__isnull=False,
        memberships__left_on=None,
        memberships__union__in=in_charge_of(user),
    )
    return hers.annotate(union_name=F("memberships__union__name"))


def with_unions(members: QuerySet[Member]) -> QuerySet[Member]:
    """Each with the name of the union where her live membership is, as ``union_name``."""
    return members.filter(memberships__left_on=None).annotate(
        union_name=F("memberships__union__name")
    )


def participants(phase: Phase) -> QuerySet[Member]:
    """Everybody who has opened the lecture or begun the quiz, as far as entitled.

    Found from what they did: the roll is much longer.
    """
    contest = _contest(phase)
    begun = contest.attempts.filter(member__isnull=False)
    watched = Watching.objects.filter(_lets_in(contest, "member"), lesson=phase.lesson_id)
    started = begun.order_by().values("member").union(watched.order_by().values("member"))
    return Member.objects.filter(pk__in=started).order_by("pk")


def _lets_in(contest: Contest, member: str) -> Q:
    """Whether a member takes part who only watched; ``member`` names the column of her key."""
    admitted = contest.admissions.filter(member=OuterRef(member))
    entitled = members_in(contest.audience).filter(pk=OuterRef(member))
    return Q(Exists(admitted)) | Q(Exists(entitled))


def _takes_part(phase: Phase) -> Q:
    """The same as ``participants``, asked of one member at a time: for a page in the order of names."""
    contest = _contest(phase)
    begun = contest.attempts.filter(member=OuterRef("pk"))
    watched = Watching.objects.filter(lesson=phase.lesson_id, member=OuterRef("pk"))
    return Q(Exists(begun)) | (Q(Exists(watched)) & _lets_in(contest, "pk"))


def taking_part(phase: Phase, user: User, *, a_page: bool = False) -> QuerySet[Member]:
    """The participants whom ``user`` is in charge of, by name: ``union_name``, ``handed_in``, ``passed``, ``won``.

    Whoever has moved to another union since is that union's to name. Scores are for each alone.
    ``a_page``: the same, asked so that a page is quick to find, and all are slow.
    """
    mine = _serious(_contest(phase)).filter(member=OuterRef("pk"))
    return (
        members_run_by(user)
        .filter(_takes_part(phase) if a_page else Q(pk__in=participants(phase).order_by()))
        .annotate(
            handed_in=Exists(mine.filter(state__in=Attempt.SCORED)),
            passed=Exists(mine.filter(passed_as__isnull=False)),
            won=Exists(mine.filter(prize__isnull=False)),
        )
        .order_by("name", "pk")
    )


def on_paper(phase: Phase, user: User) -> QuerySet[Attempt]:
    """Who was entered at the desk, as far as ``user`` is in charge of them, newest first."""
    return (
        _serious(_contest(phase))
        .filter(on_paper_by__isnull=False, member__in=members_below(user))
        .select_related("member", "prize")
        .order_by("-pk")
    )


def candidates_for_paper(phase: Phase, user: User, text: str) -> QuerySet[Member]:
    """Members entitled to the phase whom ``user`` is in charge of, by name or phone; at most ten, with unions."""
    if not text:
        return Member.objects.none()
    entitled = members_in(_contest(phase).audience).values("pk")
    found = find(text, in_charge_of(user)).filter(pk__in=entitled).order_by("name", "pk")
    first = list(found.values_list("pk", flat=True)[:10])
    return with_unions(Member.objects.filter(pk__in=first)).order_by("name", "pk")


def last_reminder(phase: Phase) -> Mailing | None:
    """When whoever has not started was reminded last, and how many were."""
    return phase.mailings.filter(kind=Mailing.Kind.NOT_STARTED).order_by("-asked_at").first()


def report_of(phase: Phase) -> list[rules.Line]:
    """One line for each union directly below the series' union, and one for its own members: four statements."""
    contest = _contest(phase)
    root = phase.series.union
    scored = contest.attempts.filter(member__isnull=False)
    groups = {
        "entitled": members_in(contest.audience).values("pk"),
        "started": participants(phase).order_by().values("pk"),
        "passed": scored.filter(passed_as__isnull=False).values("member"),
        "won": scored.filter(prize__isnull=False).values("member"),
    }
    counts = {name: _by_union_below(root, people) for name, people in groups.items()}
    paths = sorted(set().union(*counts.values()))
    names = dict(Union.objects.filter(path__in=paths).values_list("path", "name"))
    return [
        rules.Line(names.get(path, path), **{name: counts[name].get(path, 0) for name in groups})
        for path in paths
    ]


def _by_union_below(root: Union, people: QuerySet[Any, Any]) -> dict[str, int]:
    """Path of the union directly below ``root`` (or another above all of it) -> people with a live membership there."""
    memberships = Membership.objects.filter(left_on=None, member__in=people)
    cut = len(root.path) + Union.steplen
    rows = memberships.annotate(line=Substr("union__path", 1, cut)).values_list("line")
    return dict(rows.annotate(number=Count("pk")).order_by("line"))


def _contest(phase: Phase) -> Contest:
    assert phase.contest is not None, "published"  # noqa: S101
    return phase.contest
