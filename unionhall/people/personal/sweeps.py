from __future__ import annotations

from unionhall.base.sweep import Sweep
from unionhall.people.personal import actions as personal

SWEEPS = [Sweep(personal.forget_old_copies, seconds=3600)]
