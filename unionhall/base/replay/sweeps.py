from __future__ import annotations

from unionhall.base.replay.actions import forget_old_keys
from unionhall.base.sweep import Sweep

SWEEPS = [Sweep(forget_old_keys, seconds=600)]
