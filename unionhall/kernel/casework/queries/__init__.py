"""What is asked about cases."""

from unionhall.kernel.casework.queries.cases import (
    NoSuchCase,
    case_in_charge,
    case_of,
    cases_in_charge,
    cases_late,
    cases_of,
    cases_soon_due,
    handlers_for,
    is_late,
    may_handle,
    open_cases_of,
    open_cases_of_kind,
    to_do_in_charge,
    unions_to_hand_to,
    waiting_for_union,
    who_must_act,
)
from unionhall.kernel.casework.queries.story import (
    Line,
    Step,
    handler_of,
    paper_of,
    steps_of,
    story_of,
    whole_story_of,
)

__all__ = [
    "Line", "NoSuchCase", "Step", "case_in_charge", "case_of", "cases_in_charge", "cases_late", "cases_of", "cases_soon_due", "handler_of", "handlers_for",
    "is_late", "may_handle", "open_cases_of", "open_cases_of_kind", "paper_of", "steps_of", "story_of", "to_do_in_charge", "unions_to_hand_to", "waiting_for_union", "who_must_act", "whole_story_of",
]  # fmt: skip
