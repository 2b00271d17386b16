from __future__ import annotations

from unionhall.base.ledger import actions
from unionhall.base.sweep import Sweep

SWEEPS = [Sweep(actions.prepare_months, seconds=60 * 60)]
