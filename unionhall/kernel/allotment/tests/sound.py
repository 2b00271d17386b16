from __future__ import annotations

from unionhall.kernel.allotment.invariants import INVARIANTS


def offences() -> dict[str, list[str]]:
    """Every sentence of the audit that does not hold."""
    found = {invariant.sentence: list(invariant.offenders()) for invariant in INVARIANTS}
    return {sentence: offenders for sentence, offenders in found.items() if offenders}
