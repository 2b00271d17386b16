from __future__ import annotations

from unionhall.base.sweep import Sweep
from unionhall.kernel.notify import actions as notify

SWEEPS = [Sweep(notify.deliver_due, seconds=2), Sweep(notify.forget_old_texts, seconds=3600)]
