"""The roll changes here, and nowhere else."""

from unionhall.people.members.actions.people import (
    admit,
    bind_login,
    indexes,
    retire,
    transfer,
    unmask,
)
from unionhall.people.members.actions.rolls import (
    check_roll,
    check_waiting_rolls,
    confirm_roll,
    discard_roll,
    forget_old_rolls,
    receive_roll,
    take_in_confirmed_rolls,
    take_in_next,
)

__all__ = [
    "admit",
    "bind_login",
    "check_roll",
    "check_waiting_rolls",
    "confirm_roll",
    "discard_roll",
    "forget_old_rolls",
    "indexes",
    "receive_roll",
    "retire",
    "take_in_confirmed_rolls",
    "take_in_next",
    "transfer",
    "unmask",
]
