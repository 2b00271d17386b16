"""What is asked of the roll, and of rolls that were sent in."""

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
    reasons_of,
    roll_in_charge,
    rolls_in_charge,
    rows_of,
    unions_that_take_members,
)

__all__ = [
    "find",
    "judge_roll",
    "member_in_charge",
    "member_of",
    "memberships_of",
    "people_below",
    "reasons_of",
    "roll_in_charge",
    "roll_of",
    "rolls_in_charge",
    "rows_of",
    "union_of",
    "unions_that_take_members",
    "with_phone",
    "within",
]
