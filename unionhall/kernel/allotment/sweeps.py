from __future__ import annotations

from unionhall.base.sweep import Sweep
from unionhall.kernel.allotment import actions

SWEEPS = [Sweep(actions.expire_due, seconds=60)]
