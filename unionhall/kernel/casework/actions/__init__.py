"""What is done with a matter: opened, brought to its next stage, given to somebody, written about, reminded of."""

from unionhall.kernel.casework.actions.cases import (
    WITHDRAWN,
    AlreadyOpen,
    advance,
    hand_over,
    open_case,
    withdraw,
)
from unionhall.kernel.casework.actions.reminders import count_unknown_terms, remind
from unionhall.kernel.casework.actions.retention import KEPT, forget_old_papers
from unionhall.kernel.casework.actions.story import (
    Paper,
    add_note,
    assign,
    demand_reason,
    hand_over_handled,
    handled_by,
)

__all__ = [
    "KEPT", "WITHDRAWN", "AlreadyOpen", "Paper", "add_note", "advance", "assign", "count_unknown_terms", "demand_reason", "forget_old_papers", "hand_over", "hand_over_handled", "handled_by", "open_case", "remind", "withdraw",
]  # fmt: skip
