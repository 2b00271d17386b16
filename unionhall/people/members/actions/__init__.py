"""The roll changes here, and nowhere else."""

from unionhall.people.members.actions.absences import decide_absent
from unionhall.people.members.actions.bulk import (
    carry_out_bulk,
    choose_people,
    forget_old_bulk_deeds,
    order_bulk,
    undo_bulk,
)
from unionhall.people.members.actions.carrying import carry_next, go_on_with_reorganisations
from unionhall.people.members.actions.corrections import correct, give_login
from unionhall.people.members.actions.figures import read_figures, take_figures
from unionhall.people.members.actions.filters import forget_filter, save_filter
from unionhall.people.members.actions.of_one_union import choose_union
from unionhall.people.members.actions.people import (
    admit,
    bind_login,
    indexes,
    unbind_login,
    unmask,
)
from unionhall.people.members.actions.pushes import (
    add_page,
    finish_push,
    let_go_abandoned_pushes,
    open_push,
)
from unionhall.people.members.actions.reorganising import (
    close_union,
    merge_unions,
    move_union,
    split_union,
    undo_reorganisation,
)
from unionhall.people.members.actions.returning import admit_again
from unionhall.people.members.actions.rolls import (
    check_roll,
    check_waiting_rolls,
    confirm_roll,
    discard_roll,
    forget_old_rolls,
    receive_roll,
)
from unionhall.people.members.actions.standings import change_live_standing, leave, retire
from unionhall.people.members.actions.taking_in import take_in_confirmed_rolls, take_in_next
from unionhall.people.members.actions.telling import take_up_to_tell
from unionhall.people.members.actions.transfers import (
    agree_transfer,
    ask_transfer,
    note_told,
    refuse_transfer,
    transfer,
    withdraw_transfer,
)
from unionhall.people.members.actions.undoing import undo_roll

__all__ = [
    "add_page",
    "admit",
    "admit_again",
    "agree_transfer",
    "ask_transfer",
    "bind_login",
    "carry_next",
    "carry_out_bulk",
    "change_live_standing",
    "check_roll",
    "check_waiting_rolls",
    "choose_people",
    "choose_union",
    "close_union",
    "confirm_roll",
    "correct",
    "decide_absent",
    "discard_roll",
    "finish_push",
    "forget_filter",
    "forget_old_bulk_deeds",
    "forget_old_rolls",
    "give_login",
    "go_on_with_reorganisations",
    "indexes",
    "leave",
    "let_go_abandoned_pushes",
    "merge_unions",
    "move_union",
    "note_told",
    "open_push",
    "order_bulk",
    "read_figures",
    "receive_roll",
    "refuse_transfer",
    "retire",
    "save_filter",
    "split_union",
    "take_figures",
    "take_in_confirmed_rolls",
    "take_in_next",
    "take_up_to_tell",
    "transfer",
    "unbind_login",
    "undo_bulk",
    "undo_reorganisation",
    "undo_roll",
    "unmask",
    "withdraw_transfer",
]
