from __future__ import annotations

from unionhall.base.ledger import actions as ledger
from unionhall.base.sweep import Sweep

SWEEPS = [
    Sweep(ledger.prepare_months, seconds=60 * 60),
    Sweep(ledger.seal_entries, seconds=60),
]
