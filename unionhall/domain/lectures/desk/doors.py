"""The one door to each object on the desk: what she is not in charge of does not exist."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.lectures.queries import phases_for, series_for
from unionhall.people.accounts.models import User


def officer(request: HttpRequest) -> User:
    """Who is at the desk; ``runs_unions`` let her in."""
    assert isinstance(request.user, User), "signed in"  # noqa: S101
    return request.user


def series_or_404(request: HttpRequest, series_id: int) -> Series:
    """A series that she is in charge of."""
    series = series_for(officer(request)).filter(pk=series_id).first()
    if series is None:
        raise Http404
    return series


def draft_phase_or_404(request: HttpRequest, phase_id: int) -> Phase:
    """A phase that she is in charge of, published or not."""
    phase = phases_for(officer(request)).filter(pk=phase_id).first()
    if phase is None:
        raise Http404
    return phase


def phase_or_404(request: HttpRequest, phase_id: int) -> Phase:
    """A published phase that she is in charge of."""
    phase = draft_phase_or_404(request, phase_id)
    if phase.series.state == Series.State.DRAFT:
        raise Http404
    return phase
