"""What is asked of the roll, and of rolls that were sent in."""

from unionhall.people.members.queries.annotating import annotated_copy, file_is_kept
from unionhall.people.members.queries.headers import (
    WithoutPhone,
    asks_union,
    headings_of_roll,
    may_choose_union,
    refusal_of,
)
from unionhall.people.members.queries.people import (
    find,
    member_in_charge,
    member_of,
    memberships_of,
    people_below,
    roll_of,
    union_of,
    with_phone,
    within,
)
from unionhall.people.members.queries.rolls import (
    judge_roll,
    newcomers_in,
    open_absences,
    reasons_of,
    roll_in_charge,
    rolls_in_charge,
    rolls_pushed_with,
    rows_of,
    sent_before,
    unions_left_out,
    unions_that_take_members,
)
from unionhall.people.members.queries.transfers import (
    seen_by,
    takes_members,
    transfer_in_charge,
    transfers_in_charge,
    transfers_to_answer,
)
from unionhall.people.members.queries.undoing import built_on, would_undo

__all__ = [
    "WithoutPhone",
    "annotated_copy",
    "asks_union",
    "built_on",
    "file_is_kept",
    "find",
    "headings_of_roll",
    "judge_roll",
    "may_choose_union",
    "member_in_charge",
    "member_of",
    "memberships_of",
    "newcomers_in",
    "open_absences",
    "people_below",
    "reasons_of",
    "refusal_of",
    "roll_in_charge",
    "roll_of",
    "rolls_in_charge",
    "rolls_pushed_with",
    "rows_of",
    "seen_by",
    "sent_before",
    "takes_members",
    "transfer_in_charge",
    "transfers_in_charge",
    "transfers_to_answer",
    "union_of",
    "unions_left_out",
    "unions_that_take_members",
    "with_phone",
    "within",
    "would_undo",
]
