from __future__ import annotations

from unionhall.base.sweep import Sweep
from unionhall.domain.welfare.actions import remind_of_expiry

SWEEPS = [Sweep(remind_of_expiry, seconds=600)]
