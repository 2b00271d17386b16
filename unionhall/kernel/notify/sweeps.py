from __future__ import annotations

from unionhall.base.sweep import Sweep
from unionhall.kernel.notify import actions as notify

SWEEPS = [Sweep(notify.deliver_due, seconds=2)]
