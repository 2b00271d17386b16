"""More vouchers for a phase, or fewer, while it runs; everybody entitled reads why."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.domain.lectures.models import Phase, PlacesChange
from unionhall.domain.quiz import actions as quiz
from unionhall.people.accounts.models import User


@transaction.atomic
def change_places(phase: Phase, *, places: int, because: str, by: User) -> PlacesChange:
    """From now on there are so many vouchers. The same request again gets the same answer again.

    Who passed and found none left is served first. Raises ``TooSmall`` below what was given, and ``Refused`` when the
    phase has no prizes or is over, or when there are so many already.
    """
    Phase.objects.select_for_update(no_key=True).get(pk=phase.pk)
    phase = Phase.objects.select_related("series", "contest__prizes").get(pk=phase.pk)
    before = _places_of(phase)
    if places == before:
        return _same_again(phase, because, by) or _refuse_no_change(places)
    assert phase.contest is not None, "it has prizes"  # noqa: S101
    served = quiz.resize_prizes(phase.contest, capacity=places, by=by)
    change = PlacesChange.objects.create(
        phase=phase,
        before=before,
        after=places,
        served=len(served),
        because=because,
        by=by,
        at=now_in_database(),
    )
    ledger.record(
        "lectures.places_changed",
        phase,
        by=by,
        union_id=phase.series.union_id,
        before=before,
        after=places,
        served=len(served),
    )
    return change


def _places_of(phase: Phase) -> int:
    if phase.contest is None or phase.contest.prizes is None or phase.closed_at:
        raise Refused(
            _("没改。"),
            why=_("这一期没有奖品，或者已经结束了。"),
            next=_("回到列表看一眼。"),
            code="not_running",
        )
    return phase.contest.prizes.capacity


def _same_again(phase: Phase, because: str, by: User) -> PlacesChange | None:
    last = phase.places_changes.order_by("-pk").first()
    return last if last and (last.because, last.by_id) == (because, by.pk) else None


def _refuse_no_change(places: int) -> PlacesChange:
    raise Refused(
        _("没改。"),
        why=_("现在就是 {n} 份。").format(n=places),
        next=_("填一个别的数。"),
        code="no_change",
    )
