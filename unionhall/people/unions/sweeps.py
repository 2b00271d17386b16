from unionhall.base.sweep import Sweep
from unionhall.people.unions import actions as unions

SWEEPS = [
    Sweep(unions.check_waiting_lists, seconds=2),
    Sweep(unions.take_in_confirmed_lists, seconds=2),
    Sweep(unions.end_offices_past, seconds=3600),
    Sweep(unions.forget_old_lists, seconds=3600),
]
