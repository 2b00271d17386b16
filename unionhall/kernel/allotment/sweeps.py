from __future__ import annotations

from unionhall.base.sweep import Sweep
from unionhall.kernel.allotment import actions as allotment

SWEEPS = [
    Sweep(allotment.expire_due, seconds=60),
    Sweep(allotment.tell_sliced_pools, seconds=5),
]
