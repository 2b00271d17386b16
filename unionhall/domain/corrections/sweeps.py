from unionhall.base.sweep import Sweep
from unionhall.domain.corrections.actions import forget_old_sayings

SWEEPS = [Sweep(forget_old_sayings, seconds=3600)]
