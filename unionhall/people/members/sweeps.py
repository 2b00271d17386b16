from unionhall.base.sweep import Sweep
from unionhall.people.members import actions as members

SWEEPS = [
    Sweep(members.check_waiting_rolls, seconds=2),
    Sweep(members.take_in_confirmed_rolls, seconds=2),
    Sweep(members.go_on_with_reorganisations, seconds=2),
    Sweep(members.take_figures, seconds=2),
    Sweep(members.forget_old_rolls, seconds=3600),
    Sweep(members.forget_old_bulk_deeds, seconds=3600),
    Sweep(members.let_go_abandoned_pushes, seconds=3600),
]
