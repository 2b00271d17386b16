"""Requests for transfer: who asked for whom, and who may answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from unionhall.base.ledger.queries import entries_numbered
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member, RollImport, RollRow, TransferRequest
from unionhall.people.members.rules.transfers import decidable_from
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import (
    IN_CHARGE,
    in_charge_of,
    in_office,
    tops_in_charge,
)


def transfers_in_charge(user: User | AnonymousUser) -> QuerySet[TransferRequest]:
    """The requests that go out from, or come in to, unions that ``user`` runs; the open ones first."""
    unions = in_charge_of(user).values("pk")
    requests = TransferRequest.objects.filter(Q(from_union__in=unions) | Q(to_union__in=unions))
    related = requests.select_related("member", "from_union", "to_union", "asked_by", "decided_by")
    return related.order_by(F("decided_at").desc(nulls_first=True), "-pk")


def asked_for_by(roll: RollImport) -> QuerySet[TransferRequest]:
    """The request for each of those whom a roll found in other unions: its own, or one that was open at its yes."""
    if roll.batch_id is None:
        return TransferRequest.objects.none()
    yes = entries_numbered([roll.batch_id]).get().at
    elsewhere = roll.roll_rows.filter(effect=RollRow.Effect.ELSEWHERE)
    stood = Q(asked_at__lt=yes) & (Q(decided_at=None) | Q(decided_at__gt=yes))
    there = TransferRequest.objects.filter(
        Q(roll_import=roll) | stood,
        member__in=elsewhere.values("member"),
        to_union__path__startswith=roll.union.path,
    )
    return there.order_by("member", F("roll_import").asc(nulls_last=True), "-pk").distinct("member")


def transfers_of_roll(roll: RollImport) -> list[tuple[str, int]]:
    """How the requests for its people stand: in words, and how many. One statement."""
    newest = TransferRequest.objects.filter(pk__in=asked_for_by(roll).values("pk"))
    times = dict(newest.order_by().values_list("state").annotate(Count("pk")))
    return [
        (str(label), times[key]) for key, label in TransferRequest.State.choices if key in times
    ]


def transfers_to_answer(unions: QuerySet[Union]) -> QuerySet[TransferRequest]:
    """The open requests for members of these unions, the oldest first."""
    asked = TransferRequest.objects.filter(
        state=TransferRequest.State.ASKED, from_union__in=unions.values("pk")
    )
    return asked.select_related("member", "from_union", "to_union").order_by("pk")


def transfer_in_charge(user: User | AnonymousUser, request_id: int) -> TransferRequest:
    """One of them, else ``TransferRequest.DoesNotExist``."""
    return transfers_in_charge(user).get(pk=request_id)


def takes_members(user: User | AnonymousUser) -> QuerySet[Union]:
    """The unions that ``user`` runs and that may have members."""
    unions: QuerySet[Union] = in_charge_of(user).filter(
        level__gte=Union.Level.GRASSROOTS, closed_on=None
    )
    return unions.order_by("path")


@dataclass(frozen=True)
class Seen:
    """A request as one officer may see it. ``from_union`` is named to its own side alone."""

    request: TransferRequest
    from_union: Union | None
    asks: bool  # she is in charge of the new union
    answers_from: dt.datetime | None  # when she may answer; ``None``: she never may

    @property
    def may_answer(self) -> bool:
        """Now."""
        is_open = self.request.state == TransferRequest.State.ASKED
        return is_open and self.answers_from is not None and self.answers_from <= timezone.now()

    @property
    def may_withdraw(self) -> bool:
        """Whoever asked."""
        return self.asks and self.request.state == TransferRequest.State.ASKED


def seen_by(user: User | AnonymousUser, requests: Collection[TransferRequest]) -> list[Seen]:
    """The requests with what ``user`` may know of them and do. Two statements, none for none."""
    if not requests:
        return []
    paths = [union.path for union in tops_in_charge(user)]
    staffed = _staffed_paths(requests)
    return [_seen(one, paths, staffed) for one in requests]


def _seen(request: TransferRequest, paths: Collection[str], staffed: Collection[str]) -> Seen:
    old, new = request.from_union.path, request.to_union.path
    over_old = [path for path in paths if old.startswith(path)]
    old_side = any(not new.startswith(path) for path in over_old)
    has_staff = any(old.startswith(path) and not new.startswith(path) for path in staffed)
    answers_from = decidable_from(request.asked_at, old_side=old_side, staffed=has_staff)
    return Seen(
        request,
        from_union=request.from_union if over_old else None,
        asks=any(new.startswith(path) for path in paths),
        answers_from=answers_from if over_old else None,
    )


def _staffed_paths(requests: Collection[TransferRequest]) -> set[str]:
    """Paths of the unions, from each old one upwards, that somebody is in charge of today."""
    paths = {
        one.from_union.path[:end]
        for one in requests
        for end in range(Union.steplen, len(one.from_union.path) + 1, Union.steplen)
    }
    offices = in_office().filter(role__in=IN_CHARGE, union__path__in=paths, user__is_active=True)
    return set(offices.values_list("union__path", flat=True))


def transfers_to_tell() -> QuerySet[TransferRequest]:
    """Those whose state is news to somebody."""
    return TransferRequest.objects.exclude(told=F("state")).order_by("pk")


def who_is_to_hear(request: TransferRequest) -> QuerySet[Member]:
    """The old side of a request, or of its end; of an answer, whoever asked; and she herself when she moved.

    Officers are told in the inbox that they have as members; the others find it on the desk.
    """
    state = TransferRequest.State
    if request.state in {state.ASKED, state.WITHDRAWN}:
        return Member.objects.filter(user__in=_old_side(request)).order_by("pk")
    heard = Q(user=request.asked_by_id) if request.asked_by_id else Q(pk=None)
    if request.state == state.AGREED:
        heard |= Q(pk=request.member_id)
    return Member.objects.filter(heard).order_by("pk")


def _old_side(request: TransferRequest) -> QuerySet[User]:
    """Who is in charge of the old union and not of the new one; where nobody is, whoever is above both."""
    paths = _staffed_paths([request])
    new = request.to_union.path
    side = {path for path in paths if not new.startswith(path)} or paths
    offices = in_office().filter(role__in=IN_CHARGE, union__path__in=side)
    return User.objects.filter(pk__in=offices.values("user"), is_active=True)
