from __future__ import annotations

from unionhall.base.sweep import Sweep
from unionhall.people.accounts.actions import (
    forget_expired_sessions,
    forget_old_arrivals,
    forget_old_codes,
)

SWEEPS = [
    Sweep(forget_old_codes, seconds=3600),
    Sweep(forget_expired_sessions, seconds=3600),
    Sweep(forget_old_arrivals, seconds=3600),
]
