"""The tree changes here, and nowhere else."""

from unionhall.people.unions.actions.closing import close, live_children, put_all_under, reopen
from unionhall.people.unions.actions.lists import (
    check_list,
    check_waiting_lists,
    confirm_list,
    discard_list,
    forget_old_lists,
    receive_list,
)
from unionhall.people.unions.actions.taking_in import (
    take_in_confirmed_lists,
    take_in_file,
    take_in_next_of_list,
)
from unionhall.people.unions.actions.terms import note_reminded, renew_term
from unionhall.people.unions.actions.tree import (
    appoint,
    dismiss,
    end_offices_past,
    found,
    hand_over_office,
    lock_tree,
    move,
    move_told,
    note_seen_as,
    refuse_closed,
    stood_under,
)
from unionhall.people.unions.actions.undoing import undo_list

__all__ = [
    "appoint",
    "check_list",
    "check_waiting_lists",
    "close",
    "confirm_list",
    "discard_list",
    "dismiss",
    "end_offices_past",
    "forget_old_lists",
    "found",
    "hand_over_office",
    "live_children",
    "lock_tree",
    "move",
    "move_told",
    "note_reminded",
    "note_seen_as",
    "put_all_under",
    "receive_list",
    "refuse_closed",
    "renew_term",
    "reopen",
    "stood_under",
    "take_in_confirmed_lists",
    "take_in_file",
    "take_in_next_of_list",
    "undo_list",
]
