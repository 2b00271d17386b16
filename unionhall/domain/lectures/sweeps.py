from unionhall.base.sweep import Sweep
from unionhall.domain.lectures import actions

SWEEPS = [
    Sweep(actions.close_due, seconds=10),
    Sweep(actions.send_mailings, seconds=5),
    Sweep(actions.take_reports, seconds=5),
]
