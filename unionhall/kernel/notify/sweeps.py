from __future__ import annotations

from unionhall.base.sweep import Sweep
from unionhall.kernel.notify import actions

SWEEPS = [Sweep(actions.deliver_due, seconds=2)]
