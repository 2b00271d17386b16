"""Reads of the lecture halls: ``halls`` for members, ``composing``, ``promises`` and ``running`` for the desk."""

from unionhall.domain.lectures.queries.composing import (
    audience_of,
    checks_of,
    choices_for,
    phases_for,
    searched,
    series_for,
)
from unionhall.domain.lectures.queries.halls import (
    OpenPhase,
    Step,
    all_phases_for,
    open_phases_for,
    phase_for,
    step_of,
)
from unionhall.domain.lectures.queries.promises import Promise, promise_from, promise_of
from unionhall.domain.lectures.queries.running import (
    Rush,
    candidates_for_paper,
    last_reminder,
    not_started,
    not_started_below,
    on_paper,
    participants,
    report_of,
    rush_of,
    taking_part,
    with_unions,
)

__all__ = [
    "OpenPhase",
    "Promise",
    "Rush",
    "Step",
    "all_phases_for",
    "audience_of",
    "candidates_for_paper",
    "checks_of",
    "choices_for",
    "last_reminder",
    "not_started",
    "not_started_below",
    "on_paper",
    "open_phases_for",
    "participants",
    "phase_for",
    "phases_for",
    "promise_from",
    "promise_of",
    "report_of",
    "rush_of",
    "searched",
    "series_for",
    "step_of",
    "taking_part",
    "with_unions",
]
