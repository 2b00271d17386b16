from __future__ import annotations

from unionhall.base.sweep import Sweep
from unionhall.people.webhooks import actions as webhooks

SWEEPS = [
    Sweep(webhooks.spread_events, seconds=10),
    Sweep(webhooks.deliver_events, seconds=5),
    Sweep(webhooks.forget_old_events, seconds=60 * 60),
]
