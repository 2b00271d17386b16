from unionhall.base.sweep import Sweep
from unionhall.kernel.casework.actions import (
    count_unknown_terms,
    forget_old_papers,
    remind,
)

SWEEPS = [
    Sweep(remind, seconds=300),
    Sweep(count_unknown_terms, seconds=21600),
    Sweep(forget_old_papers, seconds=3600),
]
