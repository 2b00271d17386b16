from unionhall.base.sweep import Sweep
from unionhall.people.unions import actions as unions

SWEEPS = [Sweep(unions.forget_old_lists, seconds=3600)]
