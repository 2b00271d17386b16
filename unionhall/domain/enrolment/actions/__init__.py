"""What is done about memberships: applied for, changed from one union to another, ended, kept."""

from unionhall.domain.enrolment.actions.changes import (
    ask_retirement,
    ask_to_leave,
    decline_retirement,
    end_memberships_asked_to_end,
    let_go,
    retain,
)
from unionhall.domain.enrolment.actions.joining import (
    TRIES_A_DAY,
    OnTheRoll,
    accept,
    accept_all,
    answer,
    apply_at_desk,
    apply_to_join,
    decline,
    found_first,
    send_back,
    unmask,
)
from unionhall.domain.enrolment.actions.transfers import (
    accept_transfer,
    ask_transfer,
    decline_transfer,
    follow_transfers,
    stop_transfer,
)
from unionhall.domain.enrolment.actions.verdicts import agree, refuse

__all__ = [
    "TRIES_A_DAY",
    "OnTheRoll",
    "accept",
    "accept_all",
    "accept_transfer",
    "agree",
    "answer",
    "apply_at_desk",
    "apply_to_join",
    "ask_retirement",
    "ask_to_leave",
    "ask_transfer",
    "decline",
    "decline_retirement",
    "decline_transfer",
    "end_memberships_asked_to_end",
    "follow_transfers",
    "found_first",
    "let_go",
    "refuse",
    "retain",
    "send_back",
    "stop_transfer",
    "unmask",
]  # fmt: skip
